// Memory for heads: one at a time, and never the same for two.
import PorticoHTTP
import Testing

@testable import PorticoUpstream

@Suite struct SpareHeadTests {
    @Test func `what was given back is used again`() {
        let heads = SpareHead()
        let first = heads.take()
        heads.giveBack(first)
        #expect(heads.take().fields === first.fields)
    }

    @Test func `who takes one while another has it gets memory of its own`() {
        let heads = SpareHead()
        let outer = heads.take()
        let inner = heads.take()
        #expect(outer.fields !== inner.fields)
        heads.giveBack(inner)
        heads.giveBack(outer)
        #expect(heads.take().fields === outer.fields)
        #expect(heads.take().fields !== outer.fields)
    }
}
