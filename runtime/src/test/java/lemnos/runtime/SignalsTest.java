package lemnos.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Signals of the process. The test's own handlers stand where the JVM's would, and are put back.
 */
@Timeout(300)
final class SignalsTest {
  private final LinkedBlockingQueue<String> outside = new LinkedBlockingQueue<>();
  private final List<String> log = Collections.synchronizedList(new ArrayList<>());
  private final Map<Signal, sun.misc.SignalHandler> old = new EnumMap<>(Signal.class);

  /**
   * A process that was started to ignore a signal, as a shell does in the background, never gets
   * it.
   */
  @BeforeEach
  void catchWhatComesThrough() {
    for (Signal signal : List.of(Signal.INT, Signal.TERM, Signal.HUP)) {
      old.put(signal, handle(signal, s -> outside.add(s.getName())));
    }
    assumeFalse(old.containsValue(sun.misc.SignalHandler.SIG_IGN), "INT, TERM or HUP is ignored");
  }

  @AfterEach
  void putBack() {
    old.forEach(SignalsTest::handle);
  }

  private static sun.misc.SignalHandler handle(Signal signal, sun.misc.SignalHandler handler) {
    return sun.misc.Signal.handle(new sun.misc.Signal(signal.name()), handler);
  }

  private static void raise(Signal signal) {
    sun.misc.Signal.raise(new sun.misc.Signal(signal.name()));
  }

  private void assertHandlersAreBack() throws InterruptedException {
    raise(Signal.INT);
    assertEquals("INT", outside.poll(30, TimeUnit.SECONDS));
    raise(Signal.TERM);
    assertEquals("TERM", outside.poll(30, TimeUnit.SECONDS));
    assertTrue(outside.isEmpty());
  }

  /** Receives so many signals; the JVM runs a thread for each, so their order is not certain. */
  private void spawnReceiver(RuntimeRef ref, String name, int signals, CountDownLatch ready) {
    ref.runtime()
        .receiveSignals(
            Run.spawn(
                ref,
                ctx -> {
                  for (int i = 0; i < signals; i++) {
                    log.add(name + " " + ctx.receiveNext());
                  }
                }));
    ready.countDown();
  }

  @Test
  void eachReceiverGetsEachSignalOnce() throws Exception {
    var ready = new CountDownLatch(2);
    try (Runtime runtime = Runtime.setup().workers(2).build()) {
      runtime.runOnWorkers(ref -> spawnReceiver(ref, "actor " + ref.workerId(), 2, ready));
      Run.await(ready);
      raise(Signal.INT);
      raise(Signal.TERM);
      runtime.start();
    }
    Collections.sort(log);
    assertEquals(List.of("actor 1 INT", "actor 1 TERM", "actor 2 INT", "actor 2 TERM"), log);
    assertHandlersAreBack();
  }

  @ParameterizedTest
  @EnumSource(
      value = Signal.class,
      names = {"INT", "TERM", "HUP"})
  void withoutAReceiverTheRuntimeStops(Signal signal) throws Exception {
    var begun = new CountDownLatch(1);
    try (Runtime runtime = Runtime.setup().build()) {
      runtime.runOnWorkers(
          ref ->
              Run.<Void>spawn(
                  ref,
                  ctx -> {
                    begun.countDown();
                    try {
                      ctx.receiveNext();
                    } finally {
                      log.add("cleaned up");
                    }
                  }));
      Run.await(begun);
      raise(signal);
      var failure = assertThrows(RuntimeFailure.class, runtime::start);
      assertEquals(
          "error running the Lemnos runtime: received process signal "
              + signal
              + ", but no receivers for it: stopping runtime",
          failure.getMessage());
    }
    assertEquals(List.of("cleaned up"), log);
    assertHandlersAreBack();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aReceiverThatHasEndedCountsNoMore(boolean isOfWorker) throws Exception {
    var ready = new CountDownLatch(1);
    try (Runtime runtime = Runtime.setup().build()) {
      runtime.runOnWorkers(
          ref -> {
            ActorRef<Signal> receiver = Run.spawn(ref, _ -> {});
            if (isOfWorker) {
              ref.receiveSignals(receiver);
            } else {
              runtime.receiveSignals(receiver);
            }
            Run.<Void>spawn(
                ref,
                ctx -> {
                  receiver.join();
                  ready.countDown();
                  ctx.receiveNext(); // keeps the runtime running
                });
          });
      Run.await(ready);
      raise(Signal.INT);
      assertThrows(RuntimeFailure.class, runtime::start);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Signal.class,
      names = {"USR1", "USR2"})
  void withoutAReceiverTheOthersAreNothing(Signal signal) throws Exception {
    try (var logged = CapturedLog.of(Runtime.class);
        Runtime runtime = Runtime.setup().build()) {
      runtime.runOnWorkers(
          ref ->
              Run.<Void>spawn(
                  ref,
                  ctx -> {
                    raise(signal);
                    while (logged.lines().stream().noneMatch(s -> s.contains("=" + signal))) {
                      ctx.sleep(Duration.ofMillis(1));
                    }
                    log.add("went on");
                  }));
      runtime.start();
      assertTrue(
          logged
              .lines()
              .contains("INFO received process signal signal=" + signal + " receivers=0"));
    }
    assertEquals(List.of("went on"), log);
  }

  @ParameterizedTest
  @EnumSource(
      value = Signal.class,
      names = {"INT", "TERM", "HUP", "USR1", "USR2"})
  void eachGoesToTheReceiversOfWorkersAndOfTheRuntime(Signal signal) throws Exception {
    var ready = new CountDownLatch(2);
    try (Runtime runtime = Runtime.setup().workers(2).build()) {
      assertEquals(EnumSet.complementOf(EnumSet.of(Signal.QUIT)), runtime.metrics().signals());
      runtime.runOnWorkers(
          ref -> {
            ActorRef<Signal> receiver =
                Run.spawn(ref, ctx -> log.add(ref.workerId() + " " + ctx.receiveNext()));
            if (ref.workerId() == 1) {
              ref.receiveSignals(receiver);
              ref.receiveSignals(receiver); // once is enough
            } else {
              runtime.receiveSignals(receiver);
            }
            ready.countDown();
          });
      Run.await(ready);
      raise(signal);
      runtime.start();
    }
    Collections.sort(log);
    assertEquals(List.of("1 " + signal, "2 " + signal), log);
  }

  /** heph's bug 650: a worker without receivers of its own ended the runtime. */
  @Test
  void aSyncActorCanAskForThemItself() throws Exception {
    try (Runtime runtime = Runtime.setup().build()) {
      var ready = new CountDownLatch(1);
      var got = new CompletableFuture<Signal>();
      runtime.spawnSync(
          Supervisor.stopping(),
          (Context<Signal> ctx, Integer _) -> {
            ctx.runtime().receiveSignals(ctx.self());
            ready.countDown();
            got.complete(ctx.receiveNext());
          },
          0,
          ActorOptions.standard());
      Run.await(ready);
      raise(Signal.TERM);
      runtime.start();
      assertEquals(Signal.TERM, got.get());
    }
  }

  @Test
  void aReceiverAnywhereKeepsTheRuntimeFromStopping() throws Exception {
    for (boolean ofRuntime : new boolean[] {true, false}) {
      var ready = new CountDownLatch(3);
      try (Runtime runtime = Runtime.setup().workers(3).build()) {
        runtime.runOnWorkers(
            ref -> {
              if (ref.workerId() == 2) {
                ActorRef<Signal> receiver =
                    Run.spawn(ref, ctx -> log.add("got " + ctx.receiveNext()));
                if (ofRuntime) {
                  runtime.receiveSignals(receiver);
                } else {
                  ref.receiveSignals(receiver);
                }
              } else {
                Run.<Void>spawn(
                    ref,
                    ctx -> {
                      while (log.isEmpty()) {
                        ctx.sleep(Duration.ofMillis(1));
                      }
                    });
              }
              ready.countDown();
            });
        Run.await(ready);
        raise(Signal.TERM);
        runtime.start();
      }
      assertEquals(List.of("got TERM"), log);
      log.clear();
    }
  }

  @Test
  void usr2IsOursOnlyIfTheJvmUsesAnotherSignal() {
    assertTrue(Signals.isFree("13"));
    assertTrue(Signals.isFree("64"));
    for (String other : new String[] {null, "", "12", "10", "65", "-60", "x", "60 "}) {
      assertFalse(Signals.isFree(other), other);
    }
  }

  @Test
  void twoRuntimesBothGetIt() throws Exception {
    var ready = new CountDownLatch(2);
    try (Runtime one = Runtime.setup().build();
        Runtime two = Runtime.setup().build()) {
      one.runOnWorkers(ref -> spawnReceiver(ref, "one", 1, ready));
      two.runOnWorkers(ref -> spawnReceiver(ref, "two", 1, ready));
      Run.await(ready);
      raise(Signal.TERM);
      one.start();
      two.start();
    }
    Collections.sort(log);
    assertEquals(List.of("one TERM", "two TERM"), log);
    assertHandlersAreBack();
  }

  @Test
  void aRuntimeThatEndsLeavesTheSignalsToTheOther() throws Exception {
    var ready = new CountDownLatch(1);
    try (Runtime other = Runtime.setup().build()) {
      Runtime.setup().build().close();
      other.runOnWorkers(ref -> spawnReceiver(ref, "other", 2, ready));
      Run.await(ready);
      raise(Signal.INT);
      raise(Signal.TERM);
      other.start();
    }
    Collections.sort(log);
    assertEquals(List.of("other INT", "other TERM"), log);
    assertHandlersAreBack();
  }

  @Test
  void aRuntimeWithoutSignalsLeavesThemAlone() throws Exception {
    try (Runtime runtime = Run.setup(1).build()) {
      assertHandlersAreBack();
      assertEquals(1, runtime.workers());
    }
  }

  @Test
  void aRuntimeThatCannotBeBuiltLeavesThemAlone() throws Exception {
    var world = new ManualWorld(1);
    assertThrows(
        IllegalStateException.class, () -> Runtime.setup().workers(2).world(world).build());
    assertHandlersAreBack();
  }

  @Test
  void aReceiverWhoseInboxIsFullMissesASignal() throws Exception {
    var ready = new CountDownLatch(1);
    try (var logged = CapturedLog.of(Signals.class);
        Runtime runtime = Runtime.setup().build()) {
      runtime.runOnWorkers(
          ref -> {
            ActorRef<Signal> busy =
                Run.spawn(
                    ref,
                    Run.inboxOf(1),
                    ctx -> {
                      while (log.isEmpty()) {
                        ctx.sleep(Duration.ofMillis(1));
                      }
                      log.add("busy " + ctx.receiveNext());
                      log.add("busy " + ctx.receiveNext());
                    });
            busy.trySend(Signal.QUIT);
            runtime.receiveSignals(busy);
            runtime.receiveSignals(
                Run.spawn(
                    ref,
                    ctx -> {
                      log.add("other " + ctx.receiveNext());
                      ctx.sleep(Duration.ofMillis(1));
                      busy.send(Signal.TERM);
                    }));
            ready.countDown();
          });
      Run.await(ready);
      raise(Signal.INT);
      runtime.start();
      assertEquals(
          List.of(
              "WARN a receiver missed a process signal: its inbox is full signal=INT"
                  + " receiver=ActorRef of actor"),
          logged.lines().stream().filter(line -> line.startsWith("WARN")).toList());
    }
    assertEquals(List.of("other INT", "busy QUIT", "busy TERM"), log);
  }

  /** The JVM answers QUIT with a thread dump, and does not let anybody else have it. */
  @Test
  void quitIsKeptByTheJvm() {
    var quit = new sun.misc.Signal("QUIT");
    assertThrows(IllegalArgumentException.class, () -> sun.misc.Signal.handle(quit, _ -> {}));
  }

  // In a JVM of its own, with the JVM's handlers

  /** Ends a runtime, and then the process by a signal. */
  static final class Forked {
    private Forked() {}

    public static void main(String[] args) throws Exception {
      if (args[0].equals("after")) {
        try (Runtime runtime = Runtime.setup().build()) {
          runtime.start();
        }
        System.out.println("runtime ended");
      } else if (args[0].equals("which")) {
        try (Runtime runtime = Runtime.setup().build()) {
          System.out.println(runtime.metrics().signals());
        }
        return;
      } else {
        Runtime runtime = Runtime.setup().build();
        runtime.runOnWorkers(ref -> Run.<Void>spawn(ref, Context::receiveNext));
        Thread.ofPlatform().daemon().start(() -> raise(Signal.TERM));
        try {
          runtime.start();
        } catch (RuntimeFailure e) {
          System.out.println(e.getMessage());
        }
        System.exit(0);
      }
      raise(Signal.TERM);
      new CountDownLatch(1).await();
    }
  }

  private static String fork(String argument, int expectedExit, String... options)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-cp"));
    command.add(System.getProperty("java.class.path"));
    command.addAll(List.of(options));
    command.addAll(List.of(Forked.class.getName(), argument));
    var builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD);
    builder.environment().remove(Signal.SUSPEND_SIGNAL);
    var process = builder.start();
    try {
      var out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertTrue(process.waitFor(30, TimeUnit.SECONDS));
      assertEquals(expectedExit, process.exitValue(), out);
      return out.strip();
    } finally {
      assertFalse(process.destroyForcibly().isAlive());
    }
  }

  @Test
  void afterTheRuntimeTheSignalEndsTheProcessAsEver() throws Exception {
    assertEquals("runtime ended", fork("after", 128 + 15));
  }

  @Test
  void duringTheRuntimeTheSignalEndsTheRuntimeAlone() throws Exception {
    assertTrue(fork("during", 0).endsWith("no receivers for it: stopping runtime"));
  }

  @Test
  void whatTheJvmKeepsIsNotRelayed() throws Exception {
    assertEquals("[INT, TERM, HUP, USR1]", fork("which", 0));
    assertEquals("[USR1]", fork("which", 0, "-Xrs"));
  }
}
