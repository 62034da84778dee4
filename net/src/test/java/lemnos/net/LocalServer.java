package lemnos.net;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.concurrent.CountDownLatch;
import lemnos.runtime.ActorOptions;
import lemnos.runtime.Runtime;
import lemnos.runtime.RuntimeFailure;
import lemnos.runtime.SequentialActor;
import lemnos.runtime.Supervisor;

/** A TCP server on this machine, in a runtime of its own with one worker. */
final class LocalServer implements AutoCloseable {
  private final Runtime runtime;
  private final TcpServer<String, TcpStream> server;
  private final Thread coordinator;

  private LocalServer(
      Transport transport, TcpServer<String, TcpStream> server, TcpServer.Watch watch)
      throws Exception {
    this.server = server;
    runtime = Runtime.setup().signals(false).poller(NettyPoller.of(transport)).build();
    runtime.runOnWorkers(ref -> server.listen(ref, watch));
    coordinator = Thread.ofVirtual().start(this::coordinate);
  }

  /** Listens when this returns. */
  static LocalServer start(
      Transport transport, TcpOptions options, SequentialActor<String, TcpStream> connection)
      throws Exception {
    return start(
        transport,
        TcpServer.at(
            OnWorker.ANY,
            options,
            TcpStream.PROTOCOL,
            Supervisor::stopping,
            connection,
            ActorOptions.standard()));
  }

  /** Listens when this returns. */
  static LocalServer start(Transport transport, TcpServer<String, TcpStream> server)
      throws Exception {
    var listening = new CountDownLatch(1);
    LocalServer started = start(transport, server, listening::countDown);
    listening.await();
    return started;
  }

  /** Listens when {@code watch} is told so. */
  static LocalServer start(
      Transport transport, TcpServer<String, TcpStream> server, TcpServer.Watch watch)
      throws Exception {
    return new LocalServer(transport, server, watch);
  }

  private void coordinate() {
    try {
      runtime.start();
    } catch (RuntimeFailure e) {
      throw new AssertionError(e);
    }
  }

  InetSocketAddress address() {
    return server.address();
  }

  Socket connect() throws IOException {
    return new Socket(address().getAddress(), address().getPort());
  }

  Runtime runtime() {
    return runtime;
  }

  TcpServer<String, TcpStream> server() {
    return server;
  }

  /** Waits until nothing lives there any more. */
  void join() throws InterruptedException {
    coordinator.join();
  }

  @Override
  public void close() throws IOException {
    server.close();
    runtime.close();
  }
}
