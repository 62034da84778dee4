package lemnos.net;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.DuplexChannel;

/**
 * A connection without a system, whose time is told: it asks for what its test brings, and sends
 * while its test lets it.
 */
final class Wire extends EmbeddedChannel implements DuplexChannel {
  private boolean blocked;
  private boolean outputShut;

  /** How often more was asked for. */
  private int reads;

  static Wire with(TcpOptions options) {
    var wire = new Wire();
    wire.freezeTime();
    options.applyTo(wire);
    wire.reads = 0; // from now on Netty does not read by itself
    return wire;
  }

  int reads() {
    return reads;
  }

  /** What waits to be sent, by Netty's count, which has something for each piece on top. */
  long unsent() {
    return unsafe().outboundBuffer().totalPendingWriteBytes();
  }

  /** The peer takes nothing any more. */
  void block() {
    blocked = true;
  }

  /** The peer takes all. */
  void unblock() {
    blocked = false;
    flushOutbound();
  }

  /** The peer sends {@code text}. */
  void say(String text) {
    writeInbound(OnWorker.bytes(text));
  }

  void say(int bytes) {
    writeInbound(Unpooled.buffer(bytes).writeZero(bytes));
  }

  @Override
  protected void doBeginRead() {
    reads++;
  }

  @Override
  protected void doWrite(ChannelOutboundBuffer in) throws Exception {
    if (!blocked) {
      super.doWrite(in);
    }
  }

  @Override
  public boolean isInputShutdown() {
    return false;
  }

  @Override
  public ChannelFuture shutdownInput() {
    return shutdownInput(newPromise());
  }

  @Override
  public ChannelFuture shutdownInput(ChannelPromise promise) {
    return promise.setSuccess();
  }

  @Override
  public boolean isOutputShutdown() {
    return outputShut;
  }

  @Override
  public ChannelFuture shutdownOutput() {
    return shutdownOutput(newPromise());
  }

  @Override
  public ChannelFuture shutdownOutput(ChannelPromise promise) {
    outputShut = true;
    return promise.setSuccess();
  }

  @Override
  public boolean isShutdown() {
    return outputShut;
  }

  @Override
  public ChannelFuture shutdown() {
    return shutdownOutput();
  }

  @Override
  public ChannelFuture shutdown(ChannelPromise promise) {
    return shutdownOutput(promise);
  }
}
