// What a process finds in its environment of whoever started it, and what it leaves to its successor.
import Glibc
import PorticoConfig
import Testing

@testable import PorticoApp
@testable import PorticoHTTP

struct InheritanceTests {
    /// A socket of our own to be inherited; closed by who takes it.
    private func listener() throws -> (descriptor: CInt, address: ListenAddress) {
        let descriptor = try ListeningSocket.tcp(host: "127.0.0.1", port: 0)
        return (descriptor, try #require(ListeningSocket.address(of: descriptor)))
    }

    @Test func `Sockets of the service manager go to the listeners with their addresses`() throws {
        let (descriptor, address) = try listener()
        let inheritance = Inheritance(
            ["LISTEN_PID": "71", "LISTEN_FDS": "1"], processID: 71, firstDescriptor: descriptor)
        #expect(inheritance.sockets.take(.tcp(host: "127.0.0.1", port: 1)) == [])
        #expect(inheritance.sockets.take(address) == [descriptor])
        #expect(inheritance.sockets.take(address) == [], "they are given once")
        close(descriptor)
    }

    @Test func `Sockets for another process are left alone`() throws {
        let (descriptor, address) = try listener()
        defer { close(descriptor) }
        for environment in [
            ["LISTEN_PID": "72", "LISTEN_FDS": "1"], ["LISTEN_FDS": "1"], ["LISTEN_PID": "71", "LISTEN_FDS": "-1"],
            ["LISTEN_PID": "71", "LISTEN_FDS": "x"], ["PORTICO_SUCCEEDS": "70;\(descriptor);\(descriptor)=a"],
        ] {
            let inheritance = Inheritance(environment, processID: 71, parentID: 69, firstDescriptor: descriptor)
            #expect(inheritance.sockets.take(address) == [])
            #expect(inheritance.sockets.closeRest().isEmpty)
        }
        #expect(ListeningSocket.address(of: descriptor) == address)
    }

    @Test func `What is no listening socket is not taken`() throws {
        let file = open("/dev/null", O_RDONLY)
        defer { close(file) }
        let inheritance = Inheritance(["LISTEN_PID": "71", "LISTEN_FDS": "1"], processID: 71, firstDescriptor: file)
        #expect(inheritance.sockets.closeRest().isEmpty)
        #expect(fcntl(file, F_GETFD) >= 0)
    }

    @Test func `A successor finds each listener's sockets by what it was called, a port of 0 too`() throws {
        let (descriptor, address) = try listener()
        let successor = Successor(
            program: "portico", arguments: [],
            environment: ["HOME": "/", "LISTEN_PID": "1", "PORTICO_SUCCEEDS": "old"],
            sockets: [(descriptor, "127.0.0.1:0")])
        var environment: [String: String] = [:]
        for entry in successor.childEnvironment(pipe: -1, parentID: 70) {
            let parts = entry.split(separator: "=", maxSplits: 1).map(String.init)
            #expect(environment.updateValue(parts[1], forKey: parts[0]) == nil, "each variable once")
        }
        #expect(environment["HOME"] == "/")
        #expect(environment["LISTEN_PID"] == nil)
        let inheritance = Inheritance(environment, processID: 71, parentID: 70)
        #expect(inheritance.sockets.take(address) == [], "it was called otherwise")
        #expect(inheritance.sockets.take(.tcp(host: "127.0.0.1", port: 0)) == [descriptor])
        close(descriptor)
    }

    @Test func `Sockets that nobody takes are closed and told`() throws {
        let (descriptor, address) = try listener()
        let inheritance = Inheritance(
            ["LISTEN_PID": "71", "LISTEN_FDS": "1"], processID: 71, firstDescriptor: descriptor)
        #expect(inheritance.sockets.closeRest() == [address])
        #expect(inheritance.sockets.closeRest() == [])
    }

    @Test(arguments: [
        ("exit 3", "it ended with status 3 before it served"),
        ("kill -9 $$", "it was ended by signal 9 before it served"),
    ])
    func `A successor that ends before it serves is a failure that says how`(script: String, reason: String) {
        let successor = Successor(
            program: "/bin/sh", arguments: ["sh", "-c", script], environment: [:], sockets: [])
        #expect(successor.start() == .failed(reason))
    }

    @Test func `A successor says that it serves, or why it does not`() {
        func outcome(saying word: String) -> Successor.Outcome {
            let script = "p=${PORTICO_SUCCEEDS#*;}; eval \"echo '\(word)' >&$p\"; exec sleep 0.2"
            return Successor(
                program: "/bin/bash", arguments: ["bash", "-c", script], environment: ["PATH": "/usr/bin:/bin"],
                sockets: []
            ).start()
        }
        #expect(outcome(saying: "no luck") == .failed("no luck"))
        guard case .serves(let processID) = outcome(saying: Successor.readyWord) else {
            Issue.record("it said that it serves")
            return
        }
        waitpid(processID, nil, 0)
    }

    @Test func `A program that is not there is a failure`() {
        let successor = Successor(program: "/nowhere/portico", arguments: [], environment: [:], sockets: [])
        #expect(successor.start() == .failed("cannot start /nowhere/portico: No such file or directory"))
    }
}
