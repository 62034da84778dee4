package lemnos.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import lemnos.core.Actor;
import lemnos.core.ActorOwn;
import lemnos.core.Cx;
import lemnos.core.Ret;
import lemnos.core.World;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Thread-safe actors: any worker, one at a time, and everything else as for local ones. */
@Timeout(300)
final class SharedProcessTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  private final ManualWorld world = new ManualWorld();
  private final List<String> log = Collections.synchronizedList(new ArrayList<>());

  private Setup virtual() {
    return Run.setup(1).world(world).poller(world::poller);
  }

  // Any worker

  /** Keeps all workers but one busy with nothing; returns what frees them. */
  private static CountDownLatch blockAllBut(Runtime runtime, int workerId)
      throws InterruptedException {
    var blocked = new CountDownLatch(runtime.workers() - 1);
    var free = new CountDownLatch(1);
    runtime.runOnWorkers(
        ref -> {
          if (ref.workerId() != workerId) {
            blocked.countDown();
            Run.await(free);
          }
        });
    Run.await(blocked);
    return free;
  }

  @Test
  void eachTurnMayBeOnAnotherWorker() throws Exception {
    int workers = 3;
    var turn = new Semaphore(0);
    try (Runtime runtime = Run.setup(workers).build()) {
      ActorRef<Integer> actor =
          Run.spawnShared(
              runtime,
              ctx -> {
                var state = new ArrayList<Integer>();
                for (int i = 0; i < 2 * workers; i++) {
                  state.add(ctx.receiveNext());
                  log.add("worker " + ctx.runtime().workerId() + " has seen " + state);
                  turn.release();
                }
              });
      for (int i = 0; i < 2 * workers; i++) {
        CountDownLatch free = blockAllBut(runtime, i % workers + 1);
        actor.send(i);
        turn.acquire();
        free.countDown();
      }
      runtime.start();
    }
    assertEquals(
        List.of(
            "worker 1 has seen [0]",
            "worker 2 has seen [0, 1]",
            "worker 3 has seen [0, 1, 2]",
            "worker 1 has seen [0, 1, 2, 3]",
            "worker 2 has seen [0, 1, 2, 3, 4]",
            "worker 3 has seen [0, 1, 2, 3, 4, 5]"),
        log);
  }

  /** Each has its turn for as long as it takes until every worker has been seen. */
  @Test
  void idleWorkersTakeOverWhatOneWorkerMakesReady() throws Exception {
    int workers = 2;
    Set<Integer> seen = ConcurrentHashMap.newKeySet();
    var done = new CountDownLatch(workers);
    try (Runtime runtime = Run.setup(workers).build()) {
      runtime.runOnWorkers(
          ref -> {
            if (ref.workerId() == 1) {
              Run.<Void>spawn(
                  ref,
                  _ -> {
                    for (int i = 0; i < workers; i++) {
                      Run.<Void>spawnShared(runtime, c -> spinUntilAllWereSeen(c, seen, done));
                    }
                  });
            }
          });
      Run.await(done);
      runtime.start();
    }
    assertEquals(Set.of(1, 2), seen);
  }

  private static void spinUntilAllWereSeen(Context<?> ctx, Set<Integer> seen, CountDownLatch done) {
    seen.add(ctx.runtime().workerId());
    while (seen.size() < ctx.runtime().workers()) {
      if (VirtualCoroutine.isAvailable()) {
        Thread.onSpinWait();
      } else {
        Thread.yield(); // else, with one core, the other turn would never begin
      }
    }
    done.countDown();
  }

  @Test
  void whatOneWakesIsTakenOverTooWhenAllSleep() throws Exception {
    Set<Integer> seen = ConcurrentHashMap.newKeySet();
    var done = new CountDownLatch(2);
    try (Runtime runtime = Run.setup(2).build()) {
      List<ActorRef<Integer>> actors =
          IntStream.range(0, 2)
              .mapToObj(
                  _ ->
                      Run.<Integer>spawnShared(
                          runtime,
                          ctx -> {
                            ctx.receiveNext();
                            spinUntilAllWereSeen(ctx, seen, done);
                          }))
              .toList();
      Run.<Void>spawnShared(runtime, _ -> actors.forEach(a -> a.trySend(1)));
      runtime.start();
    }
    assertEquals(Set.of(1, 2), seen);
  }

  /** The one that makes them ready stays busy meanwhile, as if in a long turn. */
  @Test
  void ofTwoThatOneMakesReadyASleepingWorkerTakesOneAtOnce() throws Exception {
    var workers = new ConcurrentHashMap<Integer, Worker>();
    var known = new CountDownLatch(2);
    var taken = new CountDownLatch(1);
    var done = new CompletableFuture<Void>();
    try (Runtime runtime = Run.setup(2).build()) {
      runtime.runOnWorkers(
          ref -> {
            workers.put(ref.workerId(), Objects.requireNonNull(Worker.currentOrNull()));
            known.countDown();
          });
      Run.await(known);
      Worker busy = Objects.requireNonNull(workers.get(1));
      Worker asleep = Objects.requireNonNull(workers.get(2));
      busy.loop()
          .execute(
              () -> {
                Run.awaitAsleep(asleep);
                Run.<Void>spawnShared(runtime, _ -> taken.countDown());
                Run.<Void>spawnShared(runtime, _ -> taken.countDown());
                try {
                  Run.await(taken);
                  done.complete(null);
                } catch (InterruptedException | AssertionError e) {
                  done.completeExceptionally(e);
                }
              });
      done.get();
    }
  }

  /** The worker that runs the one runs the other when that waits; no other is woken for it. */
  @Test
  void twoThatTalkWakeNoOtherWorker() throws Exception {
    int messages = 2_000;
    var pollers = new CopyOnWriteArrayList<WatchedPoller>();
    var done = new CompletableFuture<Integer>();
    Setup setup =
        Run.setup(2)
            .poller(
                () -> {
                  var poller = new WatchedPoller();
                  pollers.add(poller);
                  return poller;
                });
    try (Runtime runtime = setup.build()) {
      ActorRef<ActorRef<Integer>> pong =
          Run.spawnShared(
              runtime,
              ctx -> {
                while (true) {
                  ctx.receiveNext().send(1);
                }
              });
      Run.<Integer>spawnShared(
          runtime,
          ctx -> {
            int before = wakeups(pollers);
            for (int i = 0; i < messages / 2; i++) {
              pong.send(ctx.self());
              ctx.receiveNext();
            }
            done.complete(wakeups(pollers) - before);
          });
      int woken = done.get(60, TimeUnit.SECONDS);
      assertTrue(woken < messages / 100, woken + " wake-ups");
    }
  }

  private static int wakeups(List<WatchedPoller> pollers) {
    return pollers.stream().mapToInt(poller -> poller.wakeups.get()).sum();
  }

  @Test
  void oneTurnAtATimeSeesAllThatTheOnesBeforeItDid() throws Exception {
    long seed = new Random().nextLong();
    System.out.println("SharedProcessTest seed " + seed);
    int actors = 8;
    int senders = 6;
    int each = 4_000;
    var counters = new int[actors][1]; // written without any synchronisation of its own
    var inside = new AtomicInteger[actors];
    var overlaps = new AtomicInteger();
    try (Runtime runtime = Run.setup(3).build()) {
      var refs = new ArrayList<ActorRef<Integer>>();
      for (int i = 0; i < actors; i++) {
        int id = i;
        inside[id] = new AtomicInteger();
        refs.add(
            Run.spawnShared(
                runtime,
                ctx -> {
                  for (int n = ctx.receiveNext(); n >= 0; n = ctx.receiveNext()) {
                    overlaps.addAndGet(inside[id].incrementAndGet() - 1);
                    counters[id][0] += n;
                    inside[id].decrementAndGet();
                  }
                }));
      }
      var sums = new int[senders][actors];
      var done = new CountDownLatch(senders);
      for (int s = 0; s < senders; s++) {
        int[] sum = sums[s];
        var random = new Random(seed + s);
        Runnable sender =
            () -> {
              for (int i = 0; i < each; i++) {
                int to = random.nextInt(actors);
                int n = random.nextInt(10);
                assertTrue(refs.get(to).send(n));
                sum[to] += n;
              }
              done.countDown();
            };
        if (s % 2 == 0) {
          World.real().start("test-sender", false, sender);
        } else {
          Run.<Void>spawnShared(runtime, _ -> sender.run());
        }
      }
      Run.await(done);
      refs.forEach(ref -> ref.send(-1));
      runtime.start();
      for (int i = 0; i < actors; i++) {
        int id = i;
        assertEquals(
            IntStream.range(0, senders).map(s -> sums[s][id]).sum(), counters[id][0], "" + seed);
      }
    }
    assertEquals(0, overlaps.get());
  }

  @Test
  void aThreadOutsideWakesASleepingWorker() throws Exception {
    try (Runtime runtime = Run.setup(2).build()) {
      var got = new Semaphore(0);
      ActorRef<Integer> actor =
          Run.spawnShared(
              runtime,
              ctx -> {
                for (int n = ctx.receiveNext(); n > 0; n = ctx.receiveNext()) {
                  got.release();
                }
              });
      for (int i = 0; i < 2_000; i++) {
        actor.send(1);
        got.acquire();
      }
      actor.send(0);
      runtime.start();
    }
  }

  // Who runs when

  @Test
  void localActorsThatAreAlwaysReadyDoNotStarveSharedOnes() throws RuntimeFailure {
    for (Duration turn : List.of(Duration.ZERO, Duration.ofMillis(10))) {
      var end = new AtomicBoolean();
      Run.on(
          virtual(),
          ref -> {
            for (int i = 0; i < 40; i++) {
              Run.<Void>spawn(ref, ctx -> beBusy(ctx, turn, end));
            }
            Run.<Void>spawnShared(
                ref.runtime(),
                ctx -> {
                  for (int i = 0; i < 20; i++) {
                    ctx.sleep(Duration.ZERO);
                  }
                  end.set(true);
                });
          });
      assertTrue(end.get());
    }
  }

  @Test
  void sharedActorsThatAreAlwaysReadyStarveNeitherLocalOnesNorTimers() throws RuntimeFailure {
    var end = new AtomicBoolean();
    Run.on(
        virtual(),
        ref -> {
          for (int i = 0; i < 40; i++) {
            Run.<Void>spawnShared(ref.runtime(), ctx -> beBusy(ctx, Duration.ofMillis(10), end));
          }
          Run.<Void>spawn(
              ref,
              ctx -> {
                for (int i = 0; i < 20; i++) {
                  ctx.sleep(Duration.ZERO);
                }
                ctx.sleep(Duration.ofMillis(1));
                log.add("local");
                end.set(log.size() == 3);
              });
          Run.<Void>spawnShared(
              ref.runtime(),
              ctx -> {
                ctx.sleep(Duration.ofMillis(1));
                log.add("shared");
                end.set(log.size() == 3);
              });
          ref.loop()
              .after(
                  Duration.ofMillis(1),
                  () -> {
                    log.add("timer");
                    end.set(log.size() == 3);
                  });
        });
    assertEquals(List.of("local", "shared", "timer"), log.stream().sorted().toList());
  }

  private void beBusy(Context<?> ctx, Duration turn, AtomicBoolean end) {
    while (!end.get()) {
      world.pass(turn);
      ctx.sleep(Duration.ZERO);
    }
  }

  @Test
  void localOnesComeFirst() throws RuntimeFailure {
    Run.on(
        virtual(),
        ref -> {
          Run.<Void>spawnShared(ref.runtime(), _ -> log.add("shared"));
          Run.<Void>spawn(ref, _ -> log.add("local"));
        });
    assertEquals(List.of("local", "shared"), log);
  }

  @Test
  void prioritiesHoldUnderLoad() throws RuntimeFailure {
    var turns = new ConcurrentHashMap<Priority, Integer>();
    int total = 11_000; // HIGH : NORMAL : LOW is as 6 : 3 : 2
    Run.on(
        virtual(),
        ref -> {
          for (Priority priority : Priority.values()) {
            Run.<Void>spawnShared(
                ref.runtime(),
                Supervisor.stopping(),
                ActorOptions.standard().withPriority(priority),
                ctx -> {
                  while (turns.values().stream().mapToInt(n -> n).sum() < total) {
                    turns.merge(priority, 1, Integer::sum);
                    world.pass(Duration.ofMillis(1));
                    ctx.sleep(Duration.ZERO);
                  }
                });
          }
        });
    assertEquals(6000, turns.getOrDefault(Priority.HIGH, 0), 20);
    assertEquals(3000, turns.getOrDefault(Priority.NORMAL, 0), 20);
    assertEquals(2000, turns.getOrDefault(Priority.LOW, 0), 20);
  }

  // Time

  @Test
  void sleepsEndInTheOrderOfTheirTimesAndNotForMessages() throws RuntimeFailure {
    Run.on(
        virtual(),
        ref -> {
          for (int seconds : List.of(3, 1, 2)) {
            ActorRef<Integer> sleeper =
                Run.spawnShared(
                    ref.runtime(),
                    ctx -> {
                      ctx.sleep(SECOND.multipliedBy(seconds));
                      log.add("slept " + seconds + " until " + world.nanoTime() / 1_000_000);
                      ctx.sleep(SECOND.dividedBy(2));
                      log.add(seconds + " got " + ctx.tryReceiveNext());
                    });
            ref.loop().after(SECOND.dividedBy(4), () -> sleeper.trySend(7));
          }
        });
    assertEquals(
        List.of(
            "slept 1 until 1000",
            "1 got 7",
            "slept 2 until 2000",
            "2 got 7",
            "slept 3 until 3000",
            "3 got 7"),
        log);
    assertEquals(3_500_000_000L, world.nanoTime());
  }

  // What belongs to workers

  private static final class Server {
    private final Cx<Server> cx;

    Server(Cx<Server> cx) {
      this.cx = cx;
    }

    int twice(int n) {
      return 2 * n;
    }

    int fail() {
      throw new IllegalStateException("on purpose");
    }

    void stop() {
      cx.stop();
    }
  }

  @Test
  void aSharedActorAsksObjectActorsOfAnyWorker() throws Exception {
    int workers = 2;
    var servers = new ArrayList<CompletableFuture<Actor<Server>>>();
    for (int i = 0; i < workers; i++) {
      servers.add(new CompletableFuture<>());
    }
    try (Runtime runtime = Run.setup(workers).build()) {
      runtime.runOnWorkers(
          ref -> {
            ActorOwn<Server> own = ref.loop().actor(Server::new, Ret.nop());
            servers.get(ref.workerId() - 1).complete(own.actor());
          });
      Run.<Void>spawnShared(
          runtime,
          ctx -> {
            for (int i = 0; i < 200; i++) {
              assertEquals(2 * i, ctx.ask(servers.get(i % workers).join(), Server::twice, i));
            }
            log.add("no answer: " + ctx.ask(servers.getFirst().join(), Server::fail));
            log.add("gone: " + ctx.ask(servers.getFirst().join(), Server::twice, 1));
            servers.getLast().join().call(Server::stop);
          });
      runtime.start();
    }
    assertEquals(List.of("no answer: null", "gone: null"), log);
  }

  @Test
  void aSharedActorHasNoLoop() throws Exception {
    Run.on(
        1,
        ref ->
            Run.<Void>spawnShared(
                ref.runtime(),
                ctx -> {
                  for (Runnable wrong : List.<Runnable>of(ctx::core, ctx::answer)) {
                    var e = assertThrows(IllegalStateException.class, wrong::run);
                    log.add(String.valueOf(e.getMessage()));
                  }
                  assertThrows(
                      IllegalStateException.class, () -> Run.<Void>spawn(ctx.runtime(), _ -> {}));
                }));
    String text = "'actor' is a thread-safe actor and belongs to no loop: spawn it with spawnLocal";
    assertEquals(List.of(text, text), log);
  }

  @Test
  void nobodyElseCanMakeItWait() throws Exception {
    var stolen = new CompletableFuture<Context<Integer>>();
    try (Runtime runtime = Run.setup(2).build()) {
      ActorRef<Integer> victim =
          Run.spawnShared(
              runtime,
              ctx -> {
                stolen.complete(ctx);
                ctx.receiveNext();
              });
      log.add(refused(stolen.join()));
      Run.<Void>spawnShared(
          runtime,
          _ -> {
            log.add(refused(stolen.join()));
            victim.trySend(1);
          });
      runtime.start();
    }
    String text = "the context of actor 'actor' was used by code that is not its own";
    assertEquals(List.of(text, text), log);
  }

  private static String refused(Context<?> ctx) {
    var e = assertThrows(IllegalStateException.class, ctx::await);
    return String.valueOf(e.getMessage());
  }
}
