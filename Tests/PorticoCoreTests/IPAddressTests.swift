// What counts as an IP address or a range, and what does not.
import PorticoCore
import Testing

@Suite struct IPAddressTests {
    @Test(arguments: [
        ("0.0.0.0", "0.0.0.0"), ("127.0.0.1", "127.0.0.1"), ("255.255.255.255", "255.255.255.255"),
        ("::", "::"), ("::1", "::1"), ("1::", "1::"), ("2001:DB8::1", "2001:db8::1"),
        ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"), ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"),
        ("1:0:3:4:5:6:7:8", "1:0:3:4:5:6:7:8"), ("::ffff:10.1.2.3", "10.1.2.3"), ("::ffff:a01:203", "10.1.2.3"),
        ("64:ff9b::192.0.2.1", "64:ff9b::c000:201"), ("::1.2.3.4", "::102:304"),
        ("1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"), ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
        ("0:0:0:0:0:0:0:0", "::"), ("fe80::0001", "fe80::1"),
    ])
    func readsAndPrintsCanonically(text: String, canonical: String) throws {
        let address = try #require(IPAddress(text))
        #expect(address.description == canonical)
        #expect(IPAddress(canonical) == address)
    }

    @Test(arguments: [
        "", " ", "1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2.3.04", "01.2.3.4", "1..2.3", ".1.2.3", "1.2.3.",
        "1.2.3.4 ", " 1.2.3.4", "1.2.3.4:80", "[::1]", "::1%eth0", ":", ":::", "1:", ":1", "1::2::3", "::1::",
        "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8", "12345::", "g::", "::1.2.3",
        "::1.2.3.4:5", "1:2:3:4:5:6:7:1.2.3.4", "1.2.3.4::", "::00001.2.3.4", "0x7f.0.0.1", "١.٢.٣.٤", "a.b.c.d",
        "1.2.3.99999999999999999999", "1:2:3:4:5:6:7:8:", "localhost",
    ])
    func refuses(text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test func readsBytes() {
        let bytes = Array("2001:db8::7".utf8)
        #expect(IPAddress(utf8: bytes.span) == IPAddress("2001:db8::7"))
    }

    @Test(arguments: [
        ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.0", false), ("0.0.0.0/0", "1.2.3.4", true),
        ("192.168.1.7", "192.168.1.7", true), ("192.168.1.7", "192.168.1.8", false),
        ("192.168.1.7/32", "192.168.1.7", true), ("10.0.0.0/8", "::ffff:10.0.0.1", true),
        ("2001:db8::/32", "2001:db8:ffff::1", true), ("2001:db8::/32", "2001:db9::", false),
        ("::/0", "fe80::1", true), ("::/0", "10.0.0.1", false), ("fe80::/65", "fe80::1", true),
        ("fe80::/65", "fe80:0:0:0:8000::1", false), ("::1/128", "::1", true), ("::ffff:10.0.0.0/104", "10.9.9.9", true),
        ("2001:db8:0:1::/64", "2001:db8:0:1:ffff::", true), ("2001:db8:0:1::/64", "2001:db8:0:2::", false),
    ])
    func rangeContains(range: String, address: String, expected: Bool) throws {
        #expect(try #require(IPRange(range)).contains(#require(IPAddress(address))) == expected)
    }

    @Test(arguments: [
        "", "/", "10.0.0.0/", "/8", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/08", "10.0.0.1/8", "::/129", "::1/64",
        "10.0.0.0/8/8", "10.0.0.0/+8", "10.0.0.0/8 ", "10.0.0.0/999999999999", "::ffff:10.0.0.0/8", "10.0.0.0/٨",
    ])
    func refusesRange(text: String) {
        #expect(IPRange(text) == nil)
    }

    @Test(arguments: ["10.0.0.0/8", "::/0", "127.0.0.1", "2001:db8::/32"])
    func rangePrintsAsRead(text: String) {
        #expect(IPRange(text)?.description == text)
    }
}
