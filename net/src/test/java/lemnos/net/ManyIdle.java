package lemnos.net;

import com.sun.management.UnixOperatingSystemMXBean;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import lemnos.runtime.Context;

/**
 * A server with as many idle connections as the process may have, 9,000 at most since both ends are
 * here. Prints how many they are, how much memory of the process they take, and whether the first
 * and the last are served.
 */
final class ManyIdle {
  private static final Semaphore SERVED = new Semaphore(0);

  private ManyIdle() {}

  private static void echo(Context<String> ctx, TcpStream stream) throws IOException {
    SERVED.release();
    for (ByteBuf buf = stream.receive(); buf != null; buf = stream.receive()) {
      stream.write(buf);
    }
  }

  /** How many there may be beside what is open already: both ends are here. */
  private static int connections() {
    var system = (UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    long free = system.getMaxFileDescriptorCount() - system.getOpenFileDescriptorCount();
    return (int) Math.min(9000, (free - 100) / 2);
  }

  private static SocketChannel connect(InetSocketAddress at) throws IOException {
    SERVED.drainPermits();
    SocketChannel channel = SocketChannel.open(at);
    SERVED.acquireUninterruptibly();
    return channel;
  }

  private static boolean isServed(SocketChannel channel) throws IOException {
    ByteBuffer one = ByteBuffer.wrap(new byte[] {7});
    channel.write(one);
    one.clear();
    return channel.read(one) == 1 && one.get(0) == 7;
  }

  /** The memory that is in use by this process, as the system sees it. */
  private static long resident() throws IOException {
    System.gc();
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("VmRSS:")) {
        return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
      }
    }
    throw new IOException("/proc/self/status does not tell of memory");
  }

  public static void main(String[] args) throws Exception {
    var transport = Transport.valueOf(args[0]);
    LocalServer server = LocalServer.start(transport, TcpOptions.standard(), ManyIdle::echo);
    List<SocketChannel> clients = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      clients.add(connect(server.address())); // the code is there
    }
    long before = resident();
    int first = clients.size();
    int most = first + connections();
    while (clients.size() < most) {
      clients.add(connect(server.address()));
    }
    long after = resident();
    System.out.println("connections=" + (clients.size() - first));
    System.out.println("bytes=" + (after - before));
    System.out.println(
        "alive=" + (isServed(clients.getFirst()) && isServed(clients.getLast()) ? 1 : 0));
    System.exit(0);
  }
}
