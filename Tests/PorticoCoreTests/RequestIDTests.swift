import PorticoCore
import Testing

@Suite struct RequestIDTests {
    @Test(arguments: [0, 0x0123_4567_89AB_CDEF, 0xFEDC_BA98_7654_3210, UInt64.max, 0x0A09_0F10_A090_F001])
    func idsAreSixteenDigits(value: UInt64) {
        let digits = String(value, radix: 16)
        #expect(RequestID(value: value).text == String(repeating: "0", count: 16 - digits.count) + digits)
    }
}
