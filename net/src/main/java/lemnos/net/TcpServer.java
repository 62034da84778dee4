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
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import lemnos.core.Actor;
import lemnos.core.ActorOwn;
import lemnos.core.Behaviour;
import lemnos.core.Fwd;
import lemnos.core.Init;
import lemnos.core.StopCause;
import lemnos.runtime.ActorGroup;
import lemnos.runtime.ActorOptions;
import lemnos.runtime.ActorRef;
import lemnos.runtime.Awaitable;
import lemnos.runtime.Cancelled;
import lemnos.runtime.Context;
import lemnos.runtime.NewActor;
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
 * <p>The actors of connections are sequential actors or object actors.
 *
 * @param <M> the messages that the actors of the connections receive
 * @param <S> what the actor of a connection is given
 */
public final class TcpServer<M, S extends AutoCloseable> implements AutoCloseable {
  /**
   * Tells a listening actor to end, when it has accepted what the system keeps for it. What comes
   * between that and the end is refused by the system, and so is what TLS is not through with.
   */
  public sealed interface Stop<M> {}

  /** Connections go on. */
  private record Leave<M>() implements Stop<M> {}

  /** The actors of connections are sent {@code message}; after {@code grace} they are cut off. */
  private record Drain<M>(M message, Duration grace) implements Stop<M> {}

  private static final Logger LOG = LoggerFactory.getLogger(TcpServer.class);

  /** How long to wait, at a stop, before asking again whether the worker has polled. */
  private static final Duration SOON = Duration.ofMillis(1);

  private final InetSocketAddress address;
  private final SocketChannel reservation;
  private final TcpOptions tcp;
  private final Protocol<S> protocol;
  private final Starter<M, S> starter;
  private final ActorGroup<Stop<M>> listeners = new ActorGroup<>();

  private TcpServer(
      SocketChannel reservation, TcpOptions tcp, Protocol<S> protocol, Starter<M, S> starter)
      throws IOException {
    this.reservation = reservation;
    this.address = (InetSocketAddress) reservation.getLocalAddress();
    this.tcp = tcp;
    this.protocol = protocol;
    this.starter = starter;
  }

  /**
   * Reserves {@code address} for a server whose connections are each run by {@code connection}, as
   * plain bytes. A connection whose actor fails is closed.
   *
   * @throws IOException if the address cannot be had
   */
  public static <M> TcpServer<M, TcpStream> at(
      InetSocketAddress address, SequentialActor<M, TcpStream> connection, ActorOptions options)
      throws IOException {
    return at(
        address,
        TcpOptions.standard(),
        TcpStream.PROTOCOL,
        Supervisor::stopping,
        connection,
        options);
  }

  /**
   * Reserves {@code address} for a server whose connections are each run by {@code connection}.
   *
   * @param tcp how connections are to be, with their TLS; each worker has at most {@linkplain
   *     TcpOptions#withMaxConnections so many}
   * @param protocol what the actor of a connection is given
   * @param supervisors one supervisor for each connection's actor, made on its worker
   * @throws IOException if the address cannot be had
   */
  public static <M, S extends AutoCloseable> TcpServer<M, S> at(
      InetSocketAddress address,
      TcpOptions tcp,
      Protocol<S> protocol,
      Supplier<Supervisor<S>> supervisors,
      SequentialActor<M, S> connection,
      ActorOptions options)
      throws IOException {
    SequentialActor<M, S> closing =
        (ctx, stream) -> {
          try (stream) {
            connection.run(ctx, stream);
          }
        };
    return reserve(
        address,
        tcp,
        protocol,
        (ref, stream) -> running(ref.spawnLocal(supervisors.get(), closing, stream, options)));
  }

  /**
   * Reserves {@code address} for a server whose connections are each run by an actor that {@code
   * connection} makes, and that closes its connection when it ends. If an actor cannot be made,
   * that is logged, and its connection closed. Otherwise as {@link #at(InetSocketAddress,
   * TcpOptions, Protocol, Supplier, SequentialActor, ActorOptions)}.
   *
   * @throws IOException if the address cannot be had
   */
  public static <M, S extends AutoCloseable> TcpServer<M, S> making(
      InetSocketAddress address,
      TcpOptions tcp,
      Protocol<S> protocol,
      Supplier<Supervisor<S>> supervisors,
      NewActor<M, S> connection,
      ActorOptions options)
      throws IOException {
    return reserve(
        address,
        tcp,
        protocol,
        (ref, stream) -> {
          try {
            return running(ref.trySpawnLocal(supervisors.get(), connection, stream, options));
          } catch (Exception e) {
            LOG.warn("no actor could be made for a connection to {}", address, e);
            Parcel.discard(stream);
            return new Running<>(_ -> {}, _ -> {});
          }
        });
  }

  /** A broken connection is how it is told that it was cut off. */
  private static <M> Running<M> running(ActorRef<M> actor) {
    return new Running<>(actor::trySend, _ -> {});
  }

  /**
   * Reserves {@code address} for a server that has an object actor for each connection, as plain
   * bytes. If one fails, that is logged, and its connection closed.
   *
   * @param connection makes the actor
   * @param draining the behaviour that is called when the server {@linkplain #drain drains},
   *     whatever the actor's {@link lemnos.core.Cx#limit}
   * @throws IOException if the address cannot be had
   */
  public static <M, A> TcpServer<M, TcpStream> at(
      InetSocketAddress address,
      Init.Of1<A, TcpStream> connection,
      Behaviour.Of1<? super A, ? super M> draining)
      throws IOException {
    return at(
        address,
        TcpOptions.standard(),
        TcpStream.PROTOCOL,
        connection,
        draining,
        cause -> logFailure(address, cause));
  }

  /**
   * Reserves {@code address} for a server that has an object actor for each connection, which is
   * closed when the actor ends.
   *
   * @param tcp as for sequential actors
   * @param protocol what {@code connection} is given
   * @param connection makes the actor
   * @param draining the behaviour that is called when the server {@linkplain #drain drains},
   *     whatever the actor's {@link lemnos.core.Cx#limit}
   * @param ended is told, on the connection's worker, of the end of each actor
   * @throws IOException if the address cannot be had
   */
  public static <M, S extends AutoCloseable, A> TcpServer<M, S> at(
      InetSocketAddress address,
      TcpOptions tcp,
      Protocol<S> protocol,
      Init.Of1<A, S> connection,
      Behaviour.Of1<? super A, ? super M> draining,
      Fwd<? super StopCause> ended)
      throws IOException {
    return reserve(
        address,
        tcp,
        protocol,
        (ref, stream) -> {
          var pair = new Pair<A>(stream, ended);
          pair.own = ref.loop().actor(connection, stream, ref.loop().ret(pair::end));
          Actor<A> actor = pair.own.actor();
          // A timer's call, since that gets through whatever the actor's limit.
          return new Running<>(
              message -> ref.loop().after(Duration.ZERO, actor, draining, message), pair::kill);
        });
  }

  private static void logFailure(InetSocketAddress address, StopCause cause) {
    if (cause instanceof StopCause.Failed(Throwable error)) {
      LOG.warn("the actor of a connection to {} failed", address, error);
    }
  }

  private static <M, S extends AutoCloseable> TcpServer<M, S> reserve(
      InetSocketAddress address, TcpOptions tcp, Protocol<S> protocol, Starter<M, S> starter)
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
      return new TcpServer<>(reservation, tcp, protocol, starter);
    } catch (IOException e) {
      reservation.close();
      throw e;
    }
  }

  /** Starts the actor of a connection, on its worker. */
  private interface Starter<M, S> {
    Running<M> start(RuntimeRef ref, S connection);
  }

  /**
   * The actor of a connection.
   *
   * @param draining tells it that the server drains
   * @param kill ends it, after its connection was cut off
   */
  private record Running<M>(Consumer<M> draining, Consumer<Throwable> kill) {}

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

  /** Starts listening on a worker. */
  public ActorRef<Stop<M>> listen(RuntimeRef ref, Watch watch) {
    var part = new Part(ref, watch);
    ActorRef<Stop<M>> listener =
        ref.spawnLocal(
            part,
            (Context<Stop<M>> ctx, @Nullable Void none) -> part.serve(ctx),
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

  /** An object actor and its connection, which ends with it. */
  private static final class Pair<A> {
    private final AutoCloseable connection;
    private final Fwd<? super StopCause> ended;

    /** Null when the actor has ended. */
    private @Nullable ActorOwn<A> own;

    Pair(AutoCloseable connection, Fwd<? super StopCause> ended) {
      this.connection = connection;
      this.ended = ended;
    }

    void kill(Throwable error) {
      if (own != null) {
        own.kill(error);
      }
    }

    void end(@Nullable StopCause cause) {
      if (own != null) {
        own.close();
        own = null;
      }
      Parcel.discard(connection);
      ended.fwd(cause == null ? new StopCause.Dropped() : cause);
    }
  }

  /** The part of the server that is on one worker: it stays when its actor is restarted. */
  private final class Part implements Awaitable, Supervisor<@Nullable Void> {
    private final RuntimeRef ref;
    private final Watch watch;
    private final Supervisor<@Nullable Void> restarting =
        Supervisor.restarting(null, 5, Duration.ofSeconds(5));
    private final Map<Channel, Running<M>> connections = new HashMap<>();

    /** It was told to stop, so it is not to listen again, whatever happens. */
    private boolean stopping;

    private boolean ended;
    private Runnable waker = () -> {};

    Part(RuntimeRef ref, Watch watch) {
      this.ref = ref;
      this.watch = watch;
    }

    @Override
    public Decision<@Nullable Void> decide(Throwable error) {
      Decision<@Nullable Void> decision =
          stopping ? new Decision.Stop<>() : restarting.decide(error);
      if (decision instanceof Decision.Stop) {
        end(error);
      }
      return decision;
    }

    /** Says so, once. */
    private void end(@Nullable Throwable failure) {
      if (!ended) {
        ended = true;
        watch.ended(failure);
      }
    }

    void serve(Context<Stop<M>> ctx) throws IOException {
      Stop<M> stop;
      try (Acceptor<S> acceptor = open()) {
        watch.listening();
        do {
          ctx.await(ctx.messages(), acceptor);
          accept(acceptor);
          stop = ctx.tryReceiveNext();
        } while (stop == null);
        stopping = true;
        acceptTheRest(ctx, acceptor);
      } catch (Cancelled e) {
        end(null);
        throw e;
      }
      end(null);
      if (stop instanceof Drain<M>(M message, Duration grace)) {
        drain(message, grace);
      }
    }

    private Acceptor<S> open() throws IOException {
      NettyPoller poller = NettyPoller.of(ref.loop());
      var kind = poller.transport().serverChannel();
      return Acceptor.listen(poller, kind, address, tcp, protocol, true).take();
    }

    /** Returns how many connections there were. */
    private int accept(Acceptor<S> acceptor) {
      int count = 0;
      for (var next = acceptor.poll(); next != null; next = acceptor.poll()) {
        start(next);
        count++;
      }
      return count;
    }

    /**
     * Accepts what the system has kept for us, and lets the others read what it has kept for them:
     * whoever had connected, or asked, before the stop is served.
     */
    private void acceptTheRest(Context<?> ctx, Acceptor<S> acceptor) {
      NettyPoller poller = NettyPoller.of(ref.loop());
      int count = 0;
      int more;
      do {
        long seen = poller.polls() + 2; // the next whole one, if this turn is in the midst of one
        while (poller.polls() < seen) {
          ctx.sleep(SOON);
        }
        more = accept(acceptor);
        count += more;
      } while (more > 0 && count < Acceptor.BACKLOG);
    }

    private void start(Acceptor.Accepted<S> accepted) {
      Channel channel = accepted.channel();
      try {
        connections.put(channel, starter.start(ref, accepted.connection()));
      } catch (Throwable t) {
        Parcel.discard(accepted.connection());
        throw t;
      }
      channel.closeFuture().addListener(_ -> closed(channel));
    }

    private void closed(Channel channel) {
      connections.remove(channel);
      waker.run();
    }

    private void drain(M message, Duration grace) {
      List.copyOf(connections.values()).forEach(running -> running.draining.accept(message));
      NettyPoller poller = NettyPoller.of(ref.loop());
      long nanos = Math.max(1, TimeUnit.NANOSECONDS.convert(grace)); // to Timed, 0 is for ever
      if (!Timed.await(this, poller.eventLoop(), nanos)) {
        LOG.warn("{} connections on {} were cut off", connections.size(), address);
        Map.copyOf(connections).forEach(Part::cutOff);
      }
    }

    private static void cutOff(Channel channel, Running<?> running) {
      OpenChannels.cut(channel);
      running.kill.accept(new IOException("the server cut the connection off"));
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
}
