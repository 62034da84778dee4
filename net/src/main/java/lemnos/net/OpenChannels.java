package lemnos.net;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.IoRegistration;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.concurrent.ThreadAwareExecutor;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * The channels of a worker that are open, and that are to be closed before its event loop shuts
 * down. Netty does not wait for that, and an io_uring that ends before it was told to close a
 * socket leaves it open until the process ends.
 */
final class OpenChannels implements IoHandlerFactory {
  private static final long LOOK_MILLIS = 1;

  private final IoHandlerFactory factory;
  private final Set<Channel> open = new HashSet<>();

  /**
   * @param factory makes what does the I/O of the worker
   */
  OpenChannels(IoHandlerFactory factory) {
    this.factory = factory;
  }

  @Override
  public IoHandler newHandler(ThreadAwareExecutor executor) {
    return new Watched(factory.newHandler(executor));
  }

  private void opened(Channel channel) {
    open.add(channel);
    channel.closeFuture().addListener(_ -> open.remove(channel));
  }

  boolean isEmpty() {
    return open.isEmpty();
  }

  /** Closes each channel when what was written to it has been sent. */
  void end() {
    List.copyOf(open).forEach(OpenChannels::end);
  }

  private static void end(Channel channel) {
    if (!(channel instanceof DuplexChannel)) {
      endDatagrams(channel);
    } else if (!hasUnsent(channel)) {
      channel.close();
    } else {
      channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    }
  }

  private static boolean hasUnsent(Channel channel) {
    var unsent = channel.unsafe().outboundBuffer();
    return unsent != null && unsent.totalPendingWriteBytes() > 0;
  }

  /**
   * Closes a channel for datagrams when what was written to it has been sent. It looks again and
   * again, since Netty tells nobody, and whatever is written would be one more datagram.
   */
  static void endDatagrams(Channel channel) {
    if (hasUnsent(channel)) {
      var _ =
          channel
              .eventLoop()
              .schedule(() -> endDatagrams(channel), LOOK_MILLIS, TimeUnit.MILLISECONDS);
    } else {
      channel.close();
    }
  }

  /** Closes each channel now. */
  void cut() {
    List.copyOf(open).forEach(OpenChannels::cut);
  }

  /** Closes a channel at once, where TLS would first wait for the peer to take its last word. */
  static void cut(Channel channel) {
    channel.unsafe().close(channel.voidPromise());
  }

  /** Sees each channel that is registered; all else is Netty's. */
  private final class Watched implements IoHandler {
    private final IoHandler handler;

    Watched(IoHandler handler) {
      this.handler = handler;
    }

    @Override
    public IoRegistration register(IoHandle handle) throws Exception {
      IoRegistration registration = handler.register(handle);
      if (handle instanceof Channel.Unsafe unsafe) {
        opened(unsafe.voidPromise().channel());
      }
      return registration;
    }

    @Override
    public void initialize() {
      handler.initialize();
    }

    @Override
    public int run(IoHandlerContext context) {
      return handler.run(context);
    }

    @Override
    public void prepareToDestroy() {
      handler.prepareToDestroy();
    }

    @Override
    public void destroy() {
      handler.destroy();
    }

    @Override
    public void wakeup() {
      handler.wakeup();
    }

    @Override
    public boolean isCompatible(Class<? extends IoHandle> handleType) {
      return handler.isCompatible(handleType);
    }
  }
}
