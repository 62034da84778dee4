package lemnos.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import lemnos.core.Actor;
import lemnos.core.ActorOwn;
import lemnos.core.Cx;
import lemnos.core.Ret;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a sequential actor can wait for, and how waiting ends. */
@Timeout(300)
final class ContextTest {
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration LONG = Duration.ofDays(36_500);

  private final ManualWorld world = new ManualWorld();
  private final List<String> log = Collections.synchronizedList(new ArrayList<>());

  private Setup virtual() {
    return Run.setup(1).world(world).poller(world::poller);
  }

  private String now() {
    return Duration.ofNanos(world.nanoTime()).toString();
  }

  // Time

  @Test
  void sleepsEndInTheOrderOfTheirTimes() throws RuntimeFailure {
    Run.on(
        virtual(),
        ref -> {
          for (int seconds : List.of(3, 1, 2)) {
            Run.<Void>spawn(
                ref,
                ctx -> {
                  ctx.sleep(SECOND.multipliedBy(seconds));
                  log.add("slept " + seconds + " until " + now());
                });
          }
          Run.<Void>spawn(
              ref,
              ctx -> {
                ctx.sleep(LONG);
                log.add("slept long");
              });
        });
    assertEquals(
        List.of("slept 1 until PT1S", "slept 2 until PT2S", "slept 3 until PT3S", "slept long"),
        log);
    assertEquals(LONG.toNanos(), world.nanoTime());
  }

  /** The loop's own time stands still during a turn. */
  @Test
  void aSleepCountsFromNow() throws RuntimeFailure {
    Run.on(
        virtual(),
        ref ->
            Run.<Void>spawn(
                ref,
                ctx -> {
                  world.pass(SECOND.multipliedBy(10));
                  ctx.sleep(SECOND);
                  log.add(now());
                }));
    assertEquals(List.of("PT11S"), log);
  }

  @Test
  void aSleepOfNothingLetsTheOthersRun() throws RuntimeFailure {
    Run.on(
        virtual(),
        ref -> {
          for (String name : List.of("a", "b", "c")) {
            Run.<Void>spawn(
                ref,
                ctx -> {
                  log.add(name);
                  ctx.sleep(Duration.ZERO);
                  log.add(name);
                  ctx.sleep(SECOND.negated());
                  log.add(name);
                });
          }
        });
    assertEquals("abcabcabc", String.join("", log));
    assertEquals(0, world.nanoTime());
  }

  @Test
  void aSleepIsNotCutShortByMessages() throws RuntimeFailure {
    Run.on(
        virtual(),
        ref -> {
          ActorRef<Integer> sleeper =
              Run.spawn(
                  ref,
                  ctx -> {
                    ctx.sleep(SECOND);
                    log.add(now() + " " + ctx.tryReceiveNext() + " " + ctx.tryReceiveNext());
                  });
          ref.loop().after(SECOND.dividedBy(2), () -> sleeper.trySend(7));
        });
    assertEquals(List.of("PT1S 7 null"), log);
  }

  // The end

  private void closeWhileWaiting(Run.Body<Integer> body) throws Exception {
    var waits = new CountDownLatch(1);
    try (Runtime runtime = Run.setup(1).build()) {
      runtime.runOnWorkers(
          ref -> {
            Run.spawn(ref, body);
            Run.<Void>spawn(ref, ctx -> ref.loop().execute(waits::countDown));
          });
      Run.await(waits);
    }
  }

  @Test
  void stoppingRunsFinallyBlocksWhateverIsWaitedFor() throws Exception {
    List<Run.Body<Integer>> waits =
        List.of(
            Context::receiveNext,
            ctx -> ctx.sleep(LONG),
            ctx -> ctx.await(ctx.messages()),
            ctx -> ctx.answer().get());
    for (Run.Body<Integer> wait : waits) {
      closeWhileWaiting(
          ctx -> {
            try {
              wait.run(ctx);
            } catch (Cancelled e) {
              log.add(String.valueOf(e.getMessage()));
              throw e;
            } finally {
              log.add("finally");
            }
          });
    }
    assertEquals(Collections.nCopies(4, "the runtime is stopping, finally"), pairs());
  }

  private List<String> pairs() {
    var pairs = new ArrayList<String>();
    for (int i = 0; i + 1 < log.size(); i += 2) {
      pairs.add(log.get(i) + ", " + log.get(i + 1));
    }
    return pairs;
  }

  @Test
  void anActorThatSwallowsItsCancellationMeetsItAgain() throws Exception {
    closeWhileWaiting(
        ctx -> {
          for (int i = 0; i < 3; i++) {
            try {
              ctx.receiveNext();
            } catch (Cancelled e) {
              log.add("swallowed");
            }
          }
          ctx.sleep(LONG);
        });
    assertEquals(List.of("swallowed", "swallowed", "swallowed"), log);
  }

  @Test
  void anActorThatSwallowsItForEverIsGivenUp() throws Exception {
    var swallowed = new AtomicInteger();
    closeWhileWaiting(
        ctx -> {
          while (true) {
            try {
              ctx.receiveNext();
            } catch (Cancelled e) {
              swallowed.incrementAndGet();
            }
          }
        });
    assertEquals(Process.MAX_CANCELLATIONS, swallowed.get());
  }

  // Interrupts and foreign code

  @Test
  void anInterruptThatAnActorLeavesBehindReachesNobody() throws RuntimeFailure {
    Run.on(
        1,
        ref -> {
          for (int i = 0; i < 2; i++) {
            Run.<Void>spawn(
                ref,
                ctx -> {
                  for (int n = 0; n < 50; n++) {
                    log.add("" + Thread.currentThread().isInterrupted());
                    Thread.currentThread().interrupt();
                    ctx.sleep(Duration.ofNanos(n % 2));
                  }
                });
          }
          ref.loop().execute(() -> Thread.currentThread().interrupt());
        });
    assertEquals(Collections.nCopies(100, "false"), log);
  }

  @Test
  void nobodyElseCanMakeAnActorWait() throws Exception {
    var stolen = new CompletableFuture<Context<Integer>>();
    try (Runtime runtime = Run.setup(1).build()) {
      runtime.runOnWorkers(
          ref -> {
            Run.<Integer>spawn(
                ref,
                ctx -> {
                  stolen.complete(ctx);
                  log.add("got " + ctx.receiveNext());
                });
            Run.<Void>spawn(ref, ctx -> log.add(refused(stolen.join())));
          });
      log.add(refused(stolen.join()));
      runtime.runOnWorkers(_ -> log.add(refused(stolen.join())));
      runtime.runOnWorkers(_ -> stolen.join().self().trySend(1));
      runtime.start();
    }
    String text = "the context of actor 'actor' was used by code that is not its own";
    assertTrue(log.remove("got 1"));
    assertEquals(List.of(text, text, text), log);
  }

  private static String refused(Context<?> ctx) {
    var e = assertThrows(IllegalStateException.class, ctx::await);
    return String.valueOf(e.getMessage());
  }

  private static @Nullable Context<Integer> initContext;

  private static final class WaitsWhileItIsInitialised {
    static final int RECEIVED = java.util.Objects.requireNonNull(initContext).receiveNext();
  }

  /** The JVM cannot suspend a continuation with a native frame; the actor survives the refusal. */
  @Test
  void anActorThatCannotBeSuspendedIsToldSoAndGoesOn() throws RuntimeFailure {
    Run.on(
        1,
        ref -> {
          ActorRef<Integer> actor =
              Run.spawn(
                  ref,
                  ctx -> {
                    initContext = ctx;
                    try {
                      log.add("init got " + WaitsWhileItIsInitialised.RECEIVED);
                    } catch (ExceptionInInitializerError e) {
                      log.add("init got 1");
                      log.add("got " + ctx.receiveNext());
                    }
                    log.add("got " + ctx.receiveNext());
                  });
          if (ContinuationCoroutine.isAvailable()) {
            ref.loop().after(Duration.ofMillis(1), () -> actor.trySend(1));
          } else {
            actor.trySend(1); // a virtual thread would wait there, with its carrier
          }
          ref.loop().after(Duration.ofMillis(2), () -> actor.trySend(2));
        });
    assertEquals("got 2", log.getLast());
  }

  // Answers

  private static final class Server {
    private final Cx<Server> cx;
    private final List<Ret<Integer>> kept = new ArrayList<>();

    Server(Cx<Server> cx) {
      this.cx = cx;
    }

    int twice(int n) {
      return 2 * n;
    }

    int sum(int a, int b) {
      return a + b;
    }

    int fail() {
      throw new IllegalStateException("on purpose");
    }

    void forget(Ret<Integer> ret) {
      log(ret);
    }

    private void log(Ret<Integer> ret) {
      kept.add(ret);
    }

    void later(Ret<Integer> ret) {
      cx.after(SECOND, cx.self(), Server::answer, ret);
    }

    void answer(Ret<Integer> ret) {
      ret.ret(42);
    }

    void stop() {
      cx.stop();
    }
  }

  @Test
  void asksAreAnsweredAndNullMeansThatNoAnswerComes() throws RuntimeFailure {
    Run.on(
        virtual(),
        ref ->
            Run.<Void>spawn(
                ref,
                ctx -> {
                  ActorOwn<Server> server = ctx.core().actor(Server::new, Ret.nop());
                  log.add("twice " + ctx.ask(server, Server::twice, 4));
                  log.add("sum " + ctx.ask(server, Server::sum, 4, 5));
                  Answer<Integer> forgotten = ctx.answer();
                  server.call(Server::forget, forgotten.ret());
                  log.add("forgotten " + forgotten.get());
                  Answer<Integer> later = ctx.answer();
                  server.call(Server::later, later.ret());
                  log.add("later " + later.get() + " at " + now());
                  log.add("fail " + ctx.ask(server, Server::fail));
                  log.add("gone " + ctx.ask(server, Server::twice, 4));
                }));
    assertEquals(
        List.of("twice 8", "sum 9", "forgotten null", "later 42 at PT1S", "fail null", "gone null"),
        log);
  }

  @Test
  void severalSourcesCanBeAwaitedAtOnce() throws RuntimeFailure {
    Run.on(
        virtual(),
        ref -> {
          ActorRef<String> actor =
              Run.spawn(
                  ref,
                  ctx -> {
                    ActorOwn<Server> server = ctx.core().actor(Server::new, Ret.nop());
                    Answer<Integer> later = ctx.answer();
                    server.call(Server::later, later.ret());
                    for (int i = 0; i < 3; i++) {
                      ctx.await(ctx.messages(), later);
                      String message = ctx.tryReceiveNext();
                      log.add(now() + " " + message + " " + later.isReady());
                      if (later.isReady()) {
                        break;
                      }
                    }
                    later.await();
                    assertEquals(42, later.get());
                    server.call(Server::stop);
                  });
          ref.loop().after(SECOND.dividedBy(4), () -> actor.trySend("a"));
          ref.loop().after(SECOND.dividedBy(2), () -> actor.trySend("b"));
        });
    assertEquals(List.of("PT0.25S a false", "PT0.5S b false", "PT1S null true"), log);
  }

  @Test
  void asksAcrossWorkersBothWaysLoseNothing() throws RuntimeFailure {
    int workers = 3;
    int actors = 4;
    int asks = 500;
    var servers = new ArrayList<CompletableFuture<ActorOwn<Server>>>();
    for (int i = 0; i < workers; i++) {
      servers.add(new CompletableFuture<>());
    }
    var answers = new AtomicInteger();
    var clients = new AtomicInteger(workers * actors);
    Run.on(
        workers,
        ref -> {
          servers.get(ref.workerId() - 1).complete(ref.loop().actor(Server::new, Ret.nop()));
          for (int i = 0; i < actors; i++) {
            Run.<Void>spawn(
                ref,
                ctx -> {
                  for (int n = 0; n < asks; n++) {
                    Actor<Server> server = servers.get(n % workers).join().actor();
                    Integer answer = ctx.ask(server, Server::twice, n);
                    assertEquals(2 * n, answer);
                    answers.incrementAndGet();
                  }
                  if (clients.decrementAndGet() == 0) {
                    servers.forEach(s -> s.join().actor().call(Server::stop));
                  }
                });
          }
        });
    assertEquals(workers * actors * asks, answers.get());
  }

  @Test
  void whoAsksAnActorOfAWorkerThatHasEndedGetsNoAnswer() throws Exception {
    try (Runtime other = Run.setup(1).build()) {
      var server = new CompletableFuture<Actor<Server>>();
      other.runOnWorkers(ref -> server.complete(ref.loop().actor(Server::new, Ret.nop()).actor()));
      Actor<Server> remote = server.join();
      Run.on(
          1,
          ref ->
              Run.<Void>spawn(
                  ref,
                  ctx -> {
                    log.add("alive " + ctx.ask(remote, Server::twice, 1));
                    other.stop();
                    Integer answer = 0;
                    while (answer != null) {
                      answer = ctx.ask(remote, Server::twice, 1);
                    }
                    log.add("gone");
                  }));
      assertNull(Worker.currentOrNull());
    }
    assertEquals(List.of("alive 2", "gone"), log);
  }
}
