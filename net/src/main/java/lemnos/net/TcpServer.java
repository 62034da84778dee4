package lemnos.net;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.function.Supplier;
import lemnos.runtime.ActorGroup;
import lemnos.runtime.ActorOptions;
import lemnos.runtime.ActorRef;
import lemnos.runtime.Context;
import lemnos.runtime.RuntimeRef;
import lemnos.runtime.SequentialActor;
import lemnos.runtime.Supervisor;
import org.jspecify.annotations.Nullable;

/**
 * A TCP server: on each worker an actor that listens on the same port, and for each connection an
 * actor on the worker that accepted it. The system spreads the connections over the workers.
 *
 * <p>The address is bound when the server is made, so that errors come early and port 0 stands for
 * one and the same port on all workers. Source: heph-rt's {@code TcpServer}.
 *
 * @param <M> the messages that the actors of the connections receive
 */
public final class TcpServer<M> implements AutoCloseable {
  /** Tells a listening actor to end. */
  public enum Message {
    /** Accept what is waiting, then end. */
    STOP
  }

  private final InetSocketAddress address;
  private final SocketChannel reservation;
  private final SequentialActor<M, TcpStream> connection;
  private final ActorOptions options;
  private final ActorGroup<Message> listeners = new ActorGroup<>();

  private TcpServer(
      SocketChannel reservation,
      InetSocketAddress address,
      SequentialActor<M, TcpStream> connection,
      ActorOptions options) {
    this.reservation = reservation;
    this.address = address;
    this.connection = connection;
    this.options = options;
  }

  /**
   * Reserves {@code address} for a server whose connections are each run by {@code connection}.
   *
   * @throws IOException if the address cannot be had
   */
  public static <M> TcpServer<M> at(
      InetSocketAddress address, SequentialActor<M, TcpStream> connection, ActorOptions options)
      throws IOException {
    checkFree(address);
    SocketChannel reservation = SocketChannel.open();
    try {
      if (reservation.supportedOptions().contains(StandardSocketOptions.SO_REUSEPORT)) {
        reservation.setOption(StandardSocketOptions.SO_REUSEPORT, true);
      }
      reservation.setOption(StandardSocketOptions.SO_REUSEADDR, true);
      reservation.bind(address);
      var bound = (InetSocketAddress) reservation.getLocalAddress();
      return new TcpServer<>(reservation, bound, connection, options);
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

  /**
   * Starts listening on a worker.
   *
   * @param onListening told, on the worker, once connections are accepted
   * @param supervisors one supervisor for each connection's actor
   */
  public ActorRef<Message> listen(
      RuntimeRef ref, Runnable onListening, Supplier<Supervisor<TcpStream>> supervisors) {
    ActorRef<Message> listener =
        ref.spawnLocal(
            Supervisor.restarting(null, 5, Duration.ofSeconds(5)),
            (Context<Message> ctx, @Nullable Void none) -> serve(ctx, onListening, supervisors),
            null,
            ActorOptions.standard().withName("listener " + address));
    listeners.add(listener);
    return listener;
  }

  private void serve(
      Context<Message> ctx, Runnable onListening, Supplier<Supervisor<TcpStream>> supervisors)
      throws IOException {
    try (TcpListener listener = TcpListener.bind(ctx, address, true)) {
      onListening.run();
      while (ctx.tryReceiveNext() == null) {
        ctx.await(ctx.messages(), listener);
        spawnAccepted(ctx, listener, supervisors);
      }
      spawnAccepted(ctx, listener, supervisors);
    }
  }

  private void spawnAccepted(
      Context<Message> ctx, TcpListener listener, Supplier<Supervisor<TcpStream>> supervisors) {
    for (var stream = listener.tryAccept(); stream != null; stream = listener.tryAccept()) {
      TcpStream mine = stream;
      ctx.runtime().spawnLocal(supervisors.get(), this::connected, mine, options);
    }
  }

  private void connected(Context<M> ctx, TcpStream stream) throws Exception {
    try (stream) {
      connection.run(ctx, stream);
    }
  }

  /** Whether any worker still listens. Any thread. */
  public boolean isListening() {
    listeners.removeDisconnected();
    return !listeners.isEmpty();
  }

  /** Stops listening on all workers. Connections go on. Any thread. */
  @Override
  public void close() throws IOException {
    reservation.close();
    listeners.trySendToAll(Message.STOP, null);
  }
}
