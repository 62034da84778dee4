package lemnos.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * Loads echo servers by turns, for {@code benchmarks/echo}: {@code EchoClient bytes warm-up seconds
 * rounds name:port:pid ...}, each over the same 64 connections from first to last, with one message
 * on its way on each; over TLS if a name has a {@code +}. The warm-up takes so many seconds a
 * server, a turn {@code seconds}. Prints for each turn the requests per second and the CPU
 * nanoseconds that the server took for a request, without its compilers and with them.
 */
public final class EchoClient {
  private static final int CONNECTIONS = 64;

  private final String name;
  private final Path threads;
  private final int bytes;
  private final Selector selector = Selector.open();
  private final List<EchoConnection> connections = new ArrayList<>();
  private boolean loads;

  /** How many connections wait for an answer. */
  private int waiting;

  private long requests;

  private EchoClient(String server, int bytes) throws IOException {
    String[] parts = server.split(":", 3);
    name = parts[0];
    threads = Path.of("/proc", parts[2], "task");
    this.bytes = bytes;
    int port = Integer.parseInt(parts[1]);
    for (int i = 0; i < CONNECTIONS; i++) {
      var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
      SocketChannel channel = SocketChannel.open(address);
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      EchoConnection connection = EchoConnection.open(channel, bytes, name.contains("+"));
      channel.configureBlocking(false);
      channel.register(selector, SelectionKey.OP_READ, connection);
      connections.add(connection);
    }
  }

  private void send(EchoConnection connection) throws IOException {
    connection.send();
    waiting++;
  }

  private void received(SelectionKey key) {
    var connection = (EchoConnection) key.attachment();
    try {
      connection.missing -= connection.receive();
      if (connection.missing == 0) {
        connection.missing = bytes;
        requests++;
        waiting--;
        if (loads) {
          send(connection);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The CPU time of the server's threads so far, in nanoseconds. */
  private long cpuNanos(boolean compilers) throws IOException {
    long nanos = 0;
    try (DirectoryStream<Path> all = Files.newDirectoryStream(threads)) {
      for (Path thread : all) {
        String comm = Files.readString(thread.resolve("comm"));
        boolean compiles = comm.startsWith("C1 Comp") || comm.startsWith("C2 Comp");
        if (compilers || !compiles) {
          String[] stat = Files.readString(thread.resolve("schedstat")).split(" ", 2);
          nanos += Long.parseLong(stat[0]);
        }
      }
    }
    return nanos;
  }

  private void turn(double seconds, boolean print) throws IOException {
    long without = cpuNanos(false);
    long with = cpuNanos(true);
    long begin = System.nanoTime();
    long end = begin + (long) (seconds * 1e9);
    requests = 0;
    loads = true;
    for (EchoConnection connection : connections) {
      send(connection);
    }
    while (waiting > 0) {
      selector.select(this::received);
      loads = System.nanoTime() < end;
    }
    double took = (System.nanoTime() - begin) / 1e9;
    if (print) {
      System.out.printf(
          "%s %.0f %.0f %.0f%n",
          name,
          requests / took,
          (double) (cpuNanos(false) - without) / requests,
          (double) (cpuNanos(true) - with) / requests);
    }
  }

  /** Measures. */
  public static void main(String[] args) throws IOException {
    double warmUp = Double.parseDouble(args[1]);
    double seconds = Double.parseDouble(args[2]);
    int rounds = Integer.parseInt(args[3]);
    List<EchoClient> servers = new ArrayList<>();
    for (String server : Arrays.asList(args).subList(4, args.length)) {
      servers.add(new EchoClient(server, Integer.parseInt(args[0])));
    }
    for (int i = 0; i < Math.ceil(warmUp); i++) {
      for (EchoClient server : servers) {
        server.turn(Math.min(1, warmUp - i), false);
      }
    }
    for (int round = 0; round < rounds; round++) {
      for (EchoClient server : servers) {
        server.turn(seconds, true);
      }
      Collections.reverse(servers);
    }
  }
}
