// Brings the small buffers that frames are written in together until the flush: one TLS record and one piece of a writev
// instead of three per answer. Large bodies pass as they are.
import NIOCore

final class FrameGathering: ChannelOutboundHandler {
    typealias OutboundIn = IOData
    typealias OutboundOut = IOData

    /// What is copied at most, and what is gathered at most before it is written; a TLS record holds 16 KiB.
    private static let copyLimit = 4 << 10
    private static let gatherLimit = 16 << 10

    private let loop: ServerLoop
    private var gathered = ByteBuffer()

    init(loop: ServerLoop) { self.loop = loop }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard promise == nil, case .byteBuffer(let bytes) = unwrapOutboundIn(data),
            bytes.readableBytes <= Self.copyLimit
        else {
            writeGathered(context)
            return context.write(data, promise: promise)
        }
        if gathered.readableBytes + bytes.readableBytes > Self.gatherLimit { writeGathered(context) }
        if gathered.storageCapacity == 0 { gathered = loop.takeOutput() }
        gathered.writeImmutableBuffer(bytes)
    }

    func flush(context: ChannelHandlerContext) {
        // Taken out first: flushing may let streams write on before it returns.
        var used = ByteBuffer()
        swap(&used, &gathered)
        guard used.readableBytes > 0 else { return context.flush() }
        context.writeAndFlush(wrapOutboundOut(.byteBuffer(used)), promise: nil)
        loop.giveBack(used)
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        writeGathered(context)
        context.close(mode: mode, promise: promise)
    }

    private func writeGathered(_ context: ChannelHandlerContext) {
        guard gathered.readableBytes > 0 else { return }
        let bytes = gathered
        gathered = ByteBuffer()
        context.write(wrapOutboundOut(.byteBuffer(bytes)), promise: nil)
    }
}
