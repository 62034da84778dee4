package lemnos.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Actors on several workers that send to each other at random, and fail now and then. */
@Timeout(300)
final class LoadTest {
  private static final int WORKERS = 3;
  private static final int ACTORS = 12;
  private static final int EACH = 2_000;

  private final List<CompletableFuture<ActorRef<Long>>> refs = new ArrayList<>();
  private final AtomicLong sent = new AtomicLong();
  private final AtomicLong sentSum = new AtomicLong();
  private final AtomicLong received = new AtomicLong();
  private final AtomicLong receivedSum = new AtomicLong();
  private final AtomicLong failures = new AtomicLong();
  private final AtomicInteger sending = new AtomicInteger(ACTORS);

  @Test
  void whatWasSentWasReceivedWhateverFails() throws RuntimeFailure {
    long seed = new Random().nextLong();
    System.out.println("LoadTest seed " + seed);
    for (int i = 0; i < ACTORS; i++) {
      refs.add(new CompletableFuture<>());
    }
    Run.on(
        WORKERS,
        ref -> {
          for (int i = ref.workerId() - 1; i < ACTORS; i += WORKERS) {
            refs.get(i).complete(spawn(ref, new Random(seed + i)));
          }
        });
    assertEquals((long) ACTORS * EACH, sent.get());
    assertEquals(sent.get(), received.get());
    assertEquals(sentSum.get(), receivedSum.get());
    System.out.println("LoadTest survived " + failures + " failures");
  }

  private ActorRef<Long> spawn(RuntimeRef ref, Random random) {
    var left = new AtomicInteger(EACH);
    return Run.spawn(
        ref,
        error -> {
          failures.incrementAndGet();
          return new Supervisor.Decision.Restart<>(0);
        },
        Run.inboxOf(1 + random.nextInt(4)),
        ctx -> {
          while (left.get() > 0) {
            send(ctx, random, left);
          }
          while (sending.get() > 0 || received.get() < sent.get()) {
            if (!receive(ctx)) {
              ctx.sleep(Duration.ofMillis(1));
            }
          }
        });
  }

  private void send(Context<Long> ctx, Random random, AtomicInteger left) {
    long message = random.nextInt(1000);
    switch (refs.get(random.nextInt(ACTORS)).join().trySend(message)) {
      case SENT -> {
        sentSum.addAndGet(message);
        sent.incrementAndGet();
        if (left.decrementAndGet() == 0) {
          sending.decrementAndGet();
        }
      }
      case FULL -> {
        if (!receive(ctx)) {
          ctx.sleep(Duration.ZERO);
        }
      }
      case GONE -> throw new AssertionError("nobody ends before all is received");
    }
    if (random.nextInt(2_000) == 0) {
      throw new Planned();
    }
  }

  private boolean receive(Context<Long> ctx) {
    Long message = ctx.tryReceiveNext();
    if (message == null) {
      return false;
    }
    receivedSum.addAndGet(message);
    received.incrementAndGet();
    return true;
  }

  /** Fails without a stack trace, so that the log stays readable. */
  private static final class Planned extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Planned() {
      super("on purpose", null, false, false);
    }
  }
}
