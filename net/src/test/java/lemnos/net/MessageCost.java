package lemnos.net;

import static lemnos.net.OnWorker.ANY;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.Objects;
import lemnos.runtime.ActorOptions;
import lemnos.runtime.Context;
import lemnos.runtime.Supervisor;

/**
 * Prints how many bytes of the heap a thousand messages cost that are sent and arrive, once all is
 * warm. Both ends are sequential actors of one worker, so that all that happens is counted, Netty's
 * part included.
 */
final class MessageCost {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final int EXCHANGES = 500;

  /** So many at most, since all has to be compiled first; most often a tenth is enough. */
  private static final int ROUNDS = 1_000;

  private MessageCost() {}

  private static void echo(Context<Void> ctx, TcpStream stream) throws IOException {
    try (stream) {
      stream.forEach(stream::write);
    }
  }

  /** What the best round has cost, of those until one has cost no more than {@code enough}. */
  private static long bytes(Transport transport, long enough) throws Exception {
    return OnWorker.run(
        transport,
        ctx -> {
          try (var listener = TcpListener.bind(ctx, ANY, TcpOptions.standard());
              TcpStream client = TcpStream.connect(ctx, listener.localAddress())) {
            ctx.runtime()
                .spawnLocal(
                    Supervisor.<TcpStream>stopping(),
                    MessageCost::echo,
                    Objects.requireNonNull(listener.accept()),
                    ActorOptions.standard());
            long least = Long.MAX_VALUE;
            for (int round = 0; round < ROUNDS && least > enough; round++) {
              long before = THREADS.getCurrentThreadAllocatedBytes();
              exchange(client);
              least = Math.min(least, THREADS.getCurrentThreadAllocatedBytes() - before);
            }
            return least;
          }
        });
  }

  /** Sends a byte and waits for the one that comes back, so often that these are a thousand. */
  private static void exchange(TcpStream stream) throws IOException {
    for (int i = 0; i < EXCHANGES; i++) {
      stream.write(stream.alloc().buffer(1).writeByte(7));
      Objects.requireNonNull(stream.receive()).release();
    }
  }

  public static void main(String[] args) throws Exception {
    var transport = Transport.valueOf(args[0]);
    long enough = Long.parseLong(args[1]);
    System.out.println("bytes=" + bytes(transport, enough));
    System.exit(0);
  }
}
