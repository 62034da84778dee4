package lemnos.net;

import java.io.IOException;
import java.net.InetSocketAddress;
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
      Transport transport, TcpOptions options, SequentialActor<String, TcpStream> connection)
      throws Exception {
    server =
        TcpServer.at(
            OnWorker.ANY, options, TcpStream.PROTOCOL, connection, ActorOptions.standard());
    runtime = Runtime.setup().signals(false).poller(NettyPoller.of(transport)).build();
    var listening = new CountDownLatch(1);
    runtime.runOnWorkers(ref -> server.listen(ref, listening::countDown, Supervisor::stopping));
    coordinator = Thread.ofVirtual().start(this::coordinate);
    listening.await();
  }

  /** Listens when this returns. */
  static LocalServer start(
      Transport transport, TcpOptions options, SequentialActor<String, TcpStream> connection)
      throws Exception {
    return new LocalServer(transport, options, connection);
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
