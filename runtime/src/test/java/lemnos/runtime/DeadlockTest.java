package lemnos.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.event.LoggingEvent;

/** Actors that wait for room in each other's inboxes. */
@Timeout(300)
final class DeadlockTest {
  private static ActorOptions named(String name) {
    return Run.inboxOf(1).withName(name);
  }

  /** Actors in a ring, on one worker or several; each sends to the next without receiving. */
  private static List<String> deadlocked(int workers, int actors) throws Exception {
    var refs = new AtomicReferenceArray<ActorRef<Integer>>(actors);
    var spawned = new CountDownLatch(workers);
    try (var log = CapturedLog.of(Deadlock.class);
        Runtime runtime = Run.setup(workers).build()) {
      runtime.runOnWorkers(
          ref -> {
            for (int i = ref.workerId() - 1; i < actors; i += workers) {
              int next = (i + 1) % actors;
              refs.set(
                  i,
                  Run.spawn(
                      ref,
                      named("actor " + i),
                      ctx -> {
                        spawned.await();
                        refs.get(next).send(1);
                        refs.get(next).send(2); // no room
                      }));
            }
            spawned.countDown();
          });
      LoggingEvent event = log.take();
      assertEquals(
          "ERROR deadlock: each of these actors waits for room in the inbox of the next",
          CapturedLog.line(event).replaceFirst(" actors=.*", ""));
      runtime.stop();
      runtime.start();
      return ((List<?>) CapturedLog.value(event, "actors")).stream().map(Object::toString).toList();
    }
  }

  private static Set<String> names(int actors) {
    return java.util.stream.IntStream.range(0, actors)
        .mapToObj(i -> "actor " + i)
        .collect(Collectors.toSet());
  }

  @Test
  void twoActorsOfOneWorkerAreNamed() throws Exception {
    assertEquals(List.of("actor 0", "actor 1"), deadlocked(1, 2));
  }

  @Test
  void aRingOverWorkersIsNamedInItsOrder() throws Exception {
    List<String> ring = deadlocked(3, 5);
    assertEquals(names(5), Set.copyOf(ring));
    for (int i = 0; i < ring.size(); i++) {
      int number = Integer.parseInt(ring.get(i).replaceFirst("actor ", ""));
      assertEquals("actor " + (number + 1) % 5, ring.get((i + 1) % ring.size()));
    }
  }

  @Test
  void whoWaitsWithinALimitIsInNoDeadlock() throws Exception {
    var refs = new AtomicReferenceArray<ActorRef<Integer>>(2);
    var given = new CountDownLatch(2);
    try (var log = CapturedLog.of(Deadlock.class)) {
      Run.on(
          1,
          ref -> {
            for (int i = 0; i < 2; i++) {
              int other = 1 - i;
              refs.set(
                  i,
                  Run.spawn(
                      ref,
                      named("actor " + i),
                      ctx -> {
                        refs.get(other).send(1);
                        assertThrows(
                            DeadlinePassed.class,
                            () -> ctx.within(Duration.ofMillis(1), () -> refs.get(other).send(2)));
                        given.countDown();
                        while (given.getCount() > 0) {
                          ctx.sleep(Duration.ZERO);
                        }
                      }));
            }
          });
      assertEquals(List.of(), log.events());
    }
  }

  /** Waiting is no deadlock as long as somebody takes. */
  @Test
  void actorsThatWaitForRoomButReceiveAreNone() throws Exception {
    var received = new AtomicInteger();
    try (var log = CapturedLog.of(Deadlock.class)) {
      Run.on(
          1,
          ref -> {
            ActorRef<Integer> sink =
                Run.spawn(
                    ref,
                    named("sink"),
                    ctx -> {
                      for (int i = 0; i < 300; i++) {
                        ctx.receiveNext();
                        received.incrementAndGet();
                      }
                    });
            for (int i = 0; i < 3; i++) {
              ActorRef<Integer> relay =
                  Run.spawn(
                      ref,
                      named("relay " + i),
                      ctx -> {
                        for (int n = 0; n < 100; n++) {
                          sink.send(ctx.receiveNext());
                        }
                      });
              Run.<Void>spawn(
                  ref,
                  ctx -> {
                    for (int n = 0; n < 100; n++) {
                      relay.send(n);
                    }
                  });
            }
          });
      assertEquals(List.of(), log.lines());
    }
    assertEquals(300, received.get());
  }

  /** Who has just made room is not stuck, though the other still waits. */
  @Test
  void aRingWithRoomInItIsNone() throws Exception {
    var refs = new ArrayList<ActorRef<Integer>>();
    var done = new AtomicInteger();
    try (var log = CapturedLog.of(Deadlock.class)) {
      Run.on(
          1,
          ref -> {
            for (int i = 0; i < 2; i++) {
              int other = 1 - i;
              refs.add(
                  Run.spawn(
                      ref,
                      named("actor " + i),
                      ctx -> {
                        ctx.sleep(Duration.ZERO);
                        refs.get(other).trySend(0); // full
                        ctx.sleep(Duration.ZERO);
                        if (other == 0) {
                          ctx.sleep(Duration.ZERO); // the first waits by now
                          ctx.receiveNext(); // room, which the first will find later
                        }
                        refs.get(other).send(1);
                        ctx.receiveNext();
                        done.incrementAndGet();
                      }));
            }
          });
      assertEquals(List.of(), log.lines());
    }
    assertEquals(2, done.get());
  }

  @Test
  void aRuntimeThatStopsHasNone() throws Exception {
    var waits = new CountDownLatch(2);
    var refs = new AtomicReferenceArray<ActorRef<Integer>>(2);
    try (var log = CapturedLog.of(Deadlock.class)) {
      try (Runtime runtime = Run.setup(1).build()) {
        runtime.runOnWorkers(
            ref -> {
              for (int i = 0; i < 2; i++) {
                int other = 1 - i;
                refs.set(
                    i,
                    Run.spawn(
                        ref,
                        named("actor " + i),
                        ctx -> {
                          ctx.sleep(Duration.ZERO);
                          refs.get(other).trySend(0);
                          ctx.sleep(Duration.ZERO);
                          try {
                            waits.countDown();
                            ctx.receiveNext();
                            ctx.receiveNext();
                          } finally {
                            refs.get(other).trySend(3);
                            refs.get(other).send(4); // throws Cancelled
                          }
                        }));
              }
            });
        Run.await(waits);
        runtime.stop();
        runtime.start();
      }
      assertEquals(List.of(), log.lines());
      assertTrue(!refs.get(0).isConnected());
    }
  }
}
