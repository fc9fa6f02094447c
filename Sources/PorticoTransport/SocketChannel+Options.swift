// The channel's options as NIO's handlers ask for them: only those that some handler of this server uses.
package import NIOCore

extension SocketChannel {
    package var syncOptions: (any NIOSynchronousChannelOptions)? { Options(channel: self) }

    package func setOption<Option: ChannelOption>(_ option: Option, value: Option.Value) -> EventLoopFuture<Void> {
        loop.submit { try Options(channel: self).setOption(option, value: value) }
    }

    package func getOption<Option: ChannelOption>(_ option: Option) -> EventLoopFuture<Option.Value> {
        loop.submit { try Options(channel: self).getOption(option) }
    }

    private struct Options: NIOSynchronousChannelOptions {
        let channel: SocketChannel

        func setOption<Option: ChannelOption>(_ option: Option, value: Option.Value) throws {
            switch option {
            case is ChannelOptions.Types.AutoReadOption: channel.isReading = value as! Bool
            case is ChannelOptions.Types.AllowRemoteHalfClosureOption: channel.allowsHalfClosure = value as! Bool
            default: throw ChannelError.operationUnsupported
            }
        }

        func getOption<Option: ChannelOption>(_ option: Option) throws -> Option.Value {
            switch option {
            case is ChannelOptions.Types.AutoReadOption: channel.isReading as! Option.Value
            case is ChannelOptions.Types.AllowRemoteHalfClosureOption: channel.allowsHalfClosure as! Option.Value
            case is ChannelOptions.Types.BufferedWritableBytesOption: channel.waitingBytes as! Option.Value
            default: throw ChannelError.operationUnsupported
            }
        }
    }
}
