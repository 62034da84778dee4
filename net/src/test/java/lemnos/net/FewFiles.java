package lemnos.net;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import lemnos.runtime.Context;

/**
 * A server and its clients in a process that may have few files open. Prints whether an established
 * connection is served while there are no file descriptors left, how much of a CPU that takes, and
 * whether new connections are served when there are some again.
 */
final class FewFiles {
  /** What a server that spins would use of a second, in milliseconds, if it had half of a CPU. */
  static final long MUCH = 300;

  /** How often there are none left. */
  static final int ROUNDS = 2;

  private FewFiles() {}

  private static void echo(Context<String> ctx, TcpStream stream) throws IOException {
    for (ByteBuf buf = stream.receive(); buf != null; buf = stream.receive()) {
      stream.write(buf);
    }
  }

  private static boolean isServed(Socket socket) throws IOException {
    socket.getOutputStream().write(7);
    return socket.getInputStream().read() == 7;
  }

  /** Connects until there are no file descriptors for more. */
  private static List<Socket> exhaust(InetSocketAddress at) {
    List<Socket> sockets = new ArrayList<>();
    try {
      while (sockets.size() < 1000) {
        sockets.add(new Socket(at.getAddress(), at.getPort()));
      }
    } catch (IOException _) {
      return sockets; // that is what was wanted
    }
    throw new AssertionError("there are file descriptors for " + sockets.size() + " sockets");
  }

  private static long cpuMillis() {
    var system =
        (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    return system.getProcessCpuTime() / 1_000_000;
  }

  /** Waits without a clock of its own: the test that runs this has a limit. */
  private static void pause(long millis) {
    long end = System.nanoTime() + millis * 1_000_000;
    while (System.nanoTime() < end) {
      LockSupport.parkNanos(end - System.nanoTime());
    }
  }

  private static void exhaustAndRecover(LocalServer server, Socket established) throws IOException {
    List<Socket> sockets = exhaust(server.address());
    long busy = Long.MAX_VALUE;
    for (int i = 0; i < 10 && busy >= MUCH; i++) { // the compiler takes its time at first
      long before = cpuMillis();
      pause(1000);
      busy = Math.min(busy, cpuMillis() - before);
    }
    boolean lives = isServed(established);
    for (int i = 0; i < sockets.size() - 1; i++) {
      sockets.get(i).close();
    }
    boolean recovered = isServed(sockets.getLast());
    sockets.getLast().close();
    System.out.println("cpuMillisASecond=" + busy);
    System.out.println("established=" + (lives ? 1 : 0));
    System.out.println("recovered=" + (recovered ? 1 : 0));
  }

  public static void main(String[] args) throws Exception {
    var transport = Transport.valueOf(args[0]);
    LocalServer server = LocalServer.start(transport, TcpOptions.standard(), FewFiles::echo);
    Socket established = new Socket(server.address().getAddress(), server.address().getPort());
    isServed(established); // the code is there, and its files are open
    cpuMillis(); // and so is this
    for (int round = 1; round <= ROUNDS; round++) {
      exhaustAndRecover(server, established);
    }
    System.exit(0);
  }
}
