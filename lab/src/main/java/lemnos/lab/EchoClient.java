package lemnos.lab;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Loads an echo server with 64 connections, each with one message on its way, for {@code
 * benchmarks/echo}: {@code EchoClient port bytes seconds pid}. Prints the requests per second and
 * the CPU nanoseconds that the server {@code pid} took for each, after as long a warm-up.
 */
public final class EchoClient {
  private static final int CONNECTIONS = 64;
  private static final long NANOS_A_TICK = 10_000_000;

  private final Selector selector = Selector.open();
  private final ByteBuffer out;
  private final ByteBuffer in;
  private long requests;

  private EchoClient(int port, int bytes) throws IOException {
    out = ByteBuffer.allocateDirect(bytes);
    in = ByteBuffer.allocateDirect(bytes);
    var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    for (int i = 0; i < CONNECTIONS; i++) {
      SocketChannel channel = SocketChannel.open(address);
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      channel.configureBlocking(false);
      channel.register(selector, SelectionKey.OP_READ, new int[1]);
      send(channel);
    }
  }

  private void send(SocketChannel channel) throws IOException {
    out.clear();
    while (out.hasRemaining()) {
      channel.write(out);
    }
  }

  private void run(long nanos) throws IOException {
    long end = System.nanoTime() + nanos;
    while (System.nanoTime() < end) {
      selector.select(this::received);
    }
  }

  private void received(SelectionKey key) {
    var channel = (SocketChannel) key.channel();
    int[] arrived = (int[]) key.attachment();
    try {
      in.clear();
      int bytes = channel.read(in);
      if (bytes < 0) {
        throw new IOException("the server closed a connection");
      }
      arrived[0] += bytes;
      if (arrived[0] == out.capacity()) {
        arrived[0] = 0;
        requests++;
        send(channel);
      }
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** The CPU time of a process so far, in user mode and in the kernel. */
  private static long cpuNanos(String pid) throws IOException {
    String stat = Files.readString(Path.of("/proc", pid, "stat"));
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) * NANOS_A_TICK;
  }

  /** Measures once. */
  public static void main(String[] args) throws IOException {
    var client = new EchoClient(Integer.parseInt(args[0]), Integer.parseInt(args[1]));
    long nanos = Long.parseLong(args[2]) * 1_000_000_000;
    client.run(nanos);
    long before = cpuNanos(args[3]);
    client.requests = 0;
    client.run(nanos);
    long cpu = cpuNanos(args[3]) - before;
    System.out.printf("%.0f %.0f%n", client.requests * 1e9 / nanos, (double) cpu / client.requests);
  }
}
