package lemnos.net;

import io.netty.channel.Channel;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import lemnos.runtime.ActorGroup;
import lemnos.runtime.ActorOptions;
import lemnos.runtime.ActorRef;
import lemnos.runtime.Awaitable;
import lemnos.runtime.Cancelled;
import lemnos.runtime.Context;
import lemnos.runtime.RuntimeRef;
import lemnos.runtime.SequentialActor;
import lemnos.runtime.Supervisor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A TCP server: on each worker an actor that listens on the same port, and for each connection an
 * actor on the worker that accepted it. The system spreads the connections over the workers.
 *
 * <p>The address is bound when the server is made, so that errors come early and port 0 stands for
 * one and the same port on all workers. Source: heph-rt's {@code TcpServer}.
 *
 * @param <M> the messages that the actors of the connections receive
 * @param <S> what the actor of a connection is given
 */
public final class TcpServer<M, S extends AutoCloseable> implements AutoCloseable {
  /** Tells a listening actor to accept what is waiting, and then to end. */
  public sealed interface Stop<M> {}

  /** Connections go on. */
  private record Leave<M>() implements Stop<M> {}

  /** The actors of connections are sent {@code message}; after {@code grace} they are cut off. */
  private record Drain<M>(M message, Duration grace) implements Stop<M> {}

  private static final Logger LOG = LoggerFactory.getLogger(TcpServer.class);

  private final InetSocketAddress address;
  private final SocketChannel reservation;
  private final TcpOptions tcp;
  private final Protocol<S> protocol;
  private final SequentialActor<M, S> connection;
  private final ActorOptions options;
  private final ActorGroup<Stop<M>> listeners = new ActorGroup<>();

  private TcpServer(
      SocketChannel reservation,
      TcpOptions tcp,
      Protocol<S> protocol,
      SequentialActor<M, S> connection,
      ActorOptions options)
      throws IOException {
    this.reservation = reservation;
    this.address = (InetSocketAddress) reservation.getLocalAddress();
    this.tcp = tcp;
    this.protocol = protocol;
    this.connection = connection;
    this.options = options;
  }

  /**
   * Reserves {@code address} for a server whose connections are each run by {@code connection}, as
   * plain bytes.
   *
   * @throws IOException if the address cannot be had
   */
  public static <M> TcpServer<M, TcpStream> at(
      InetSocketAddress address, SequentialActor<M, TcpStream> connection, ActorOptions options)
      throws IOException {
    return at(address, TcpOptions.standard(), TcpStream.PROTOCOL, connection, options);
  }

  /**
   * Reserves {@code address} for a server whose connections are each run by {@code connection}.
   *
   * @param tcp how connections are to be, with their TLS; each worker has at most {@linkplain
   *     TcpOptions#withMaxConnections so many}
   * @param protocol what the actor of a connection is given
   * @throws IOException if the address cannot be had
   */
  public static <M, S extends AutoCloseable> TcpServer<M, S> at(
      InetSocketAddress address,
      TcpOptions tcp,
      Protocol<S> protocol,
      SequentialActor<M, S> connection,
      ActorOptions options)
      throws IOException {
    Tls tls = tcp.tls();
    if (tls != null) {
      tls.checkRole(true);
    }
    checkFree(address);
    SocketChannel reservation = SocketChannel.open();
    try {
      if (reservation.supportedOptions().contains(StandardSocketOptions.SO_REUSEPORT)) {
        reservation.setOption(StandardSocketOptions.SO_REUSEPORT, true);
      }
      reservation.setOption(StandardSocketOptions.SO_REUSEADDR, true);
      reservation.bind(address);
      return new TcpServer<>(reservation, tcp, protocol, connection, options);
    } catch (IOException e) {
      reservation.close();
      throw e;
    }
  }

  /** Sharing a port is meant for our own workers, not for a second server by mistake. */
  private static void checkFree(InetSocketAddress address) throws IOException {
    try (var probe = ServerSocketChannel.open()) {
      probe.setOption(StandardSocketOptions.SO_REUSEADDR, true);
      probe.bind(address, 1);
    } catch (IOException e) {
      throw new IOException("cannot listen on " + address + ": " + e.getMessage(), e);
    }
  }

  /** The address, with the port that the system chose if it was 0. */
  public InetSocketAddress address() {
    return address;
  }

  /** Is told, on the worker, how listening goes. */
  @FunctionalInterface
  public interface Watch {
    /** Connections are accepted. */
    void listening();

    /**
     * No more connections are accepted on this worker.
     *
     * @param failure why, if listening failed for good; else it was stopped
     */
    default void ended(@Nullable Throwable failure) {}
  }

  /** Says when a listener is not restarted. */
  private record Telling(Supervisor<@Nullable Void> supervisor, Watch watch)
      implements Supervisor<@Nullable Void> {
    @Override
    public Decision<@Nullable Void> decide(Throwable error) {
      Decision<@Nullable Void> decision = supervisor.decide(error);
      if (decision instanceof Decision.Stop) {
        watch.ended(error);
      }
      return decision;
    }
  }

  /**
   * Starts listening on a worker.
   *
   * @param supervisors one supervisor for each connection's actor
   */
  public ActorRef<Stop<M>> listen(
      RuntimeRef ref, Watch watch, Supplier<Supervisor<S>> supervisors) {
    ActorRef<Stop<M>> listener =
        ref.spawnLocal(
            new Telling(Supervisor.restarting(null, 5, Duration.ofSeconds(5)), watch),
            (Context<Stop<M>> ctx, @Nullable Void none) ->
                new Listening(ctx, supervisors).serve(watch),
            null,
            ActorOptions.standard().withName("listener " + address));
    listeners.add(listener);
    return listener;
  }

  /** Whether any worker still listens, or waits for its connections to end. Any thread. */
  public boolean isListening() {
    listeners.removeDisconnected();
    return !listeners.isEmpty();
  }

  /** Stops listening on all workers. Connections go on. Any thread. */
  @Override
  public void close() throws IOException {
    reservation.close();
    listeners.trySendToAll(new Leave<>(), null);
  }

  /**
   * Stops listening on all workers and has connections end: their actors are sent {@code message};
   * those that have not ended after {@code grace} find their connections broken. Does not wait: see
   * {@link #isListening}. Any thread.
   */
  public void drain(M message, Duration grace) throws IOException {
    reservation.close();
    listeners.trySendToAll(new Drain<>(message, grace), null);
  }

  /** The part of the server that is on one worker. */
  private final class Listening implements Awaitable {
    private final Context<Stop<M>> ctx;
    private final Supplier<Supervisor<S>> supervisors;
    private final Map<Channel, ActorRef<M>> connections = new HashMap<>();
    private Runnable waker = () -> {};

    Listening(Context<Stop<M>> ctx, Supplier<Supervisor<S>> supervisors) {
      this.ctx = ctx;
      this.supervisors = supervisors;
    }

    void serve(Watch watch) throws IOException {
      Stop<M> stop;
      try (Acceptor<S> acceptor = listen()) {
        watch.listening();
        do {
          ctx.await(ctx.messages(), acceptor);
          for (var a = acceptor.poll(); a != null; a = acceptor.poll()) {
            spawn(a);
          }
          stop = ctx.tryReceiveNext();
        } while (stop == null);
      } catch (Cancelled e) {
        watch.ended(null);
        throw e;
      }
      watch.ended(null);
      if (stop instanceof Drain<M>(M message, Duration grace)) {
        drain(message, grace);
      }
    }

    private Acceptor<S> listen() throws IOException {
      NettyPoller poller = NettyPoller.of(ctx.core());
      var kind = poller.transport().serverChannel();
      return Acceptor.listen(poller, kind, address, tcp, protocol, true).take();
    }

    private void spawn(Acceptor.Accepted<S> accepted) {
      Channel channel = accepted.channel();
      ActorRef<M> ref =
          ctx.runtime()
              .spawnLocal(
                  supervisors.get(), TcpServer.this::connected, accepted.connection(), options);
      connections.put(channel, ref);
      channel.closeFuture().addListener(_ -> closed(channel));
    }

    private void closed(Channel channel) {
      connections.remove(channel);
      waker.run();
    }

    private void drain(M message, Duration grace) {
      connections.values().forEach(ref -> ref.trySend(message));
      NettyPoller poller = NettyPoller.of(ctx.core());
      if (!Timed.await(this, poller.eventLoop(), Math.max(1, grace.toNanos()))) {
        LOG.warn("{} connections on {} were cut off", connections.size(), address);
        List.copyOf(connections.keySet()).forEach(Channel::close);
      }
    }

    @Override
    public boolean isReady() {
      return connections.isEmpty();
    }

    @Override
    public void arm(Runnable wake) {
      waker = wake;
    }
  }

  private void connected(Context<M> ctx, S stream) throws Exception {
    try (stream) {
      connection.run(ctx, stream);
    }
  }
}
