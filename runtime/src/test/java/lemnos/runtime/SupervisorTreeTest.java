package lemnos.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Who is stopped and restarted when a child of a tree has ended, in what order, and how often. */
@Timeout(300)
final class SupervisorTreeTest {
  private static final Duration DAY = Duration.ofDays(1);
  private static final Duration SECOND = Duration.ofSeconds(1);

  private final ManualWorld world = new ManualWorld();
  private final List<String> log = Collections.synchronizedList(new ArrayList<>());

  /** What a child is told. */
  private sealed interface Order {
    record Fail() implements Order {}

    record Return() implements Order {}

    /** To which it responds with the number of its life. */
    record Ping(Reply<Integer> reply) implements Order, Request<Integer> {}
  }

  private Setup virtual() {
    return Run.setup(1).world(world).poller(world::poller);
  }

  private static TreeOptions options(Strategy strategy) {
    return TreeOptions.standard().withStrategy(strategy).withIntensity(100, DAY);
  }

  private static ActorOptions named(String name) {
    return ActorOptions.standard().withName(name);
  }

  /** An actor that does as it is told, and logs the begin and the end of each life. */
  private SequentialActor<Order, AtomicInteger> child(String name) {
    return (ctx, lives) -> {
      int life = lives.incrementAndGet();
      log.add(name + " begins");
      try {
        while (true) {
          switch (ctx.receiveNext()) {
            case Order.Fail() -> throw new IOException(name);
            case Order.Return() -> {
              return;
            }
            case Order.Ping(var reply) -> reply.respond(life);
          }
        }
      } finally {
        log.add(name + " ends");
      }
    };
  }

  private ActorRef<Order> spawn(SupervisorTree tree, Lifetime lifetime, String name) {
    return tree.spawn(lifetime, child(name), new AtomicInteger(), named(name));
  }

  private ActorRef<Order> spawn(SupervisorTree tree, String name) {
    return spawn(tree, Lifetime.PERMANENT, name);
  }

  /** Which life the child is in that {@code ref} leads to, when that life is there. */
  private static int life(ActorRef<Order> ref) {
    return ((RpcResult.Response<Integer>) ref.rpc(Order.Ping::new)).response();
  }

  /** What has been logged since the last time. */
  private List<String> news() {
    List<String> news = List.copyOf(log);
    log.clear();
    return news;
  }

  /** Lets the second of three children fail: what is logged of that. */
  private List<String> whenTheSecondFails(Strategy strategy) {
    try (Runtime runtime = virtual().build()) {
      SupervisorTree tree = runtime.tree(options(strategy));
      ActorRef<Order> a = spawn(tree, "a");
      ActorRef<Order> b = spawn(tree, "b");
      ActorRef<Order> c = spawn(tree, "c");
      for (ActorRef<Order> ref : List.of(a, b, c)) {
        assertEquals(1, life(ref));
      }
      assertEquals(List.of("a begins", "b begins", "c begins"), news());
      b.send(new Order.Fail());
      assertEquals(2, life(b));
      assertEquals(strategy == Strategy.ONE_FOR_ALL ? 2 : 1, life(a));
      assertEquals(strategy == Strategy.ONE_FOR_ONE ? 1 : 2, life(c));
      return news();
    }
  }

  @Test
  void oneForOneRestartsTheOneThatFailed() {
    assertEquals(List.of("b ends", "b begins"), whenTheSecondFails(Strategy.ONE_FOR_ONE));
  }

  @Test
  void oneForAllEndsTheYoungestFirstAndBeginsWithTheOldest() {
    assertEquals(
        List.of("b ends", "c ends", "a ends", "a begins", "b begins", "c begins"),
        whenTheSecondFails(Strategy.ONE_FOR_ALL));
  }

  @Test
  void restForOneLeavesTheOlderOnesAlone() {
    assertEquals(
        List.of("b ends", "c ends", "b begins", "c begins"),
        whenTheSecondFails(Strategy.REST_FOR_ONE));
  }

  @Test
  void messagesOutlastARestart() {
    try (Runtime runtime = virtual().build()) {
      SupervisorTree tree = runtime.tree(options(Strategy.ONE_FOR_ALL));
      ActorRef<Order> a = spawn(tree, "a");
      ActorRef<Order> b = spawn(tree, "b");
      a.send(new Order.Fail());
      a.send(new Order.Fail());
      a.send(new Order.Fail());
      assertEquals(4, life(a));
      assertTrue(life(b) >= 1, "b may have been ended before it began");
      assertTrue(a.isConnected());
    }
  }

  @Test
  void whatLivesHowLong() {
    try (Runtime runtime = virtual().build()) {
      SupervisorTree tree = runtime.tree(options(Strategy.ONE_FOR_ONE));
      for (Order order : List.of(new Order.Fail(), new Order.Return())) {
        boolean fails = order instanceof Order.Fail;
        ActorRef<Order> permanent = spawn(tree, Lifetime.PERMANENT, "permanent");
        permanent.send(order);
        assertEquals(2, life(permanent));
        ActorRef<Order> transitory = spawn(tree, Lifetime.TRANSIENT, "transient");
        transitory.send(order);
        if (fails) {
          assertEquals(2, life(transitory));
        } else {
          transitory.join();
        }
        ActorRef<Order> temporary = spawn(tree, Lifetime.TEMPORARY, "temporary");
        temporary.send(order);
        temporary.join();
      }
    }
  }

  @Test
  void aTemporaryChildDoesNotOutlastARestartOfTheOthers() {
    try (Runtime runtime = virtual().build()) {
      SupervisorTree tree = runtime.tree(options(Strategy.ONE_FOR_ALL));
      ActorRef<Order> a = spawn(tree, "a");
      ActorRef<Order> temporary = spawn(tree, Lifetime.TEMPORARY, "temporary");
      a.send(new Order.Fail());
      temporary.join();
      assertEquals(2, life(a));
    }
  }

  @Test
  void tooManyRestartsEndTheTreeAndAllInIt() throws Exception {
    try (var errors = CapturedLog.of(SupervisorTree.class);
        Runtime runtime = virtual().build()) {
      SupervisorTree tree =
          runtime.tree(TreeOptions.standard().withName("shop").withIntensity(2, SECOND));
      ActorRef<Order> a = spawn(tree, "a");
      ActorRef<Order> b = spawn(tree, "b");
      assertEquals(1, life(b));
      for (int i = 0; i < 3; i++) {
        a.send(new Order.Fail());
      }
      assertEquals("java.io.IOException: a", failure(tree.end()));
      assertFalse(a.isConnected());
      assertFalse(b.isConnected());
      assertEquals("b ends", log.getLast());
      String last = errors.lines().getLast();
      assertTrue(last.startsWith("ERROR a child failed too often"), last);
      assertTrue(last.contains("supervisor=shop"), last);
      ActorRef<Order> late = spawn(tree, "late");
      late.join();
      assertFalse(log.contains("late begins"));
    }
  }

  private static String failure(CompletableFuture<?> future) {
    var failure = assertThrows(ExecutionException.class, () -> future.get(30, TimeUnit.SECONDS));
    return String.valueOf(failure.getCause());
  }

  @Test
  void restartsThatAreLongAgoDoNotCount() {
    try (Runtime runtime = virtual().build()) {
      SupervisorTree tree = runtime.tree(TreeOptions.standard().withIntensity(1, SECOND));
      ActorRef<Order> a = spawn(tree, "a");
      for (int lives = 1; lives < 6; lives++) {
        assertEquals(lives, life(a));
        world.pass(SECOND.plusNanos(1));
        a.send(new Order.Fail());
      }
      assertEquals(6, life(a));
    }
  }

  @Test
  void thereMayBeAPauseThatGrows() {
    try (Runtime runtime = virtual().build()) {
      var times = new ArrayList<Long>();
      SupervisorTree tree =
          runtime.tree(
              options(Strategy.ONE_FOR_ALL)
                  .withBackoff(new Backoff(SECOND, Duration.ofSeconds(3))));
      ActorRef<Order> a = spawn(tree, "a");
      ActorRef<Order> b = spawn(tree, "b");
      assertEquals(1, life(b));
      for (int i = 0; i < 4; i++) {
        a.send(new Order.Fail());
        assertEquals(i + 2, life(a));
        assertEquals(i + 2, life(b));
        times.add(Duration.ofNanos(world.nanoTime()).toSeconds());
      }
      assertEquals(List.of(1L, 3L, 6L, 9L), times);
    }
  }

  @Test
  void aTreeThatGivesUpIsRestartedByTheOneAbove() {
    try (Runtime runtime = virtual().build()) {
      SupervisorTree above = runtime.tree(options(Strategy.REST_FOR_ONE));
      ActorRef<Order> first = spawn(above, "first");
      SupervisorTree below =
          above.tree(Lifetime.PERMANENT, TreeOptions.standard().withIntensity(0, SECOND));
      ActorRef<Order> a = spawn(below, "a");
      ActorRef<Order> b = spawn(below, "b");
      ActorRef<Order> last = spawn(above, "last");
      assertEquals(1, life(b));
      assertEquals(1, life(last));
      news();
      a.send(new Order.Fail());
      assertEquals(2, life(a));
      assertEquals(2, life(b));
      assertEquals(2, life(last));
      assertEquals(
          List.of("a ends", "b ends", "last ends", "a begins", "b begins", "last begins"), news());
      assertEquals(1, life(first));
      assertFalse(below.end().isDone());
    }
  }

  @Test
  void treesGiveUpOneAfterTheOther() throws Exception {
    try (Runtime runtime = virtual().build()) {
      TreeOptions once = TreeOptions.standard().withIntensity(1, DAY);
      SupervisorTree root = runtime.tree(once);
      SupervisorTree below = root.tree(Lifetime.PERMANENT, once);
      ActorRef<Order> a = spawn(below, "a");
      for (int failures = 1; failures <= 3; failures++) {
        a.send(new Order.Fail());
        assertEquals(failures + 1, life(a)); // the second was one of the tree below, too
      }
      a.send(new Order.Fail());
      assertEquals("java.io.IOException: a", failure(root.end()));
      assertFalse(a.isConnected());
      assertTrue(below.end().isDone());
    }
  }

  @Test
  void stoppingEndsTheYoungestFirst() throws Exception {
    try (Runtime runtime = virtual().build()) {
      SupervisorTree tree = runtime.tree(options(Strategy.ONE_FOR_ONE));
      spawn(tree, "a");
      SupervisorTree below = tree.tree(Lifetime.TRANSIENT, options(Strategy.ONE_FOR_ONE));
      spawn(below, "b");
      spawn(below, "c");
      ActorRef<Order> d = spawn(tree, "d");
      assertEquals(1, life(d));
      news();
      tree.stop();
      tree.stop();
      tree.end().get(30, TimeUnit.SECONDS);
      assertEquals(List.of("d ends", "c ends", "b ends", "a ends"), news());
      runtime.start(); // nothing is left
    }
  }

  @Test
  void aBranchCanBeStoppedAndIsNotRestarted() throws Exception {
    try (Runtime runtime = virtual().build()) {
      SupervisorTree tree = runtime.tree(options(Strategy.ONE_FOR_ALL));
      ActorRef<Order> a = spawn(tree, "a");
      SupervisorTree below = tree.tree(Lifetime.PERMANENT, options(Strategy.ONE_FOR_ONE));
      ActorRef<Order> b = spawn(below, "b");
      below.stop();
      below.end().get(30, TimeUnit.SECONDS);
      assertFalse(b.isConnected());
      a.send(new Order.Fail());
      assertEquals(2, life(a));
    }
  }

  @Test
  void theRuntimesEndIsTheTreesEnd() throws Exception {
    Runtime runtime = virtual().build();
    SupervisorTree tree = runtime.tree(options(Strategy.ONE_FOR_ALL));
    SupervisorTree empty = tree.tree(Lifetime.PERMANENT, options(Strategy.ONE_FOR_ONE));
    ActorRef<Order> a = spawn(tree, "a");
    ActorRef<Order> b = spawn(tree, "b");
    assertEquals(1, life(a));
    assertEquals(1, life(b));
    runtime.close();
    tree.end().get(30, TimeUnit.SECONDS);
    empty.end().get(30, TimeUnit.SECONDS);
    assertFalse(a.isConnected());
    assertEquals(4, log.size(), "nobody was restarted: " + log);
    assertThrows(IllegalStateException.class, () -> spawn(tree, "late"));
  }

  /** As OTP's {@code init}: a child that cannot be made is one that has failed. */
  @Test
  void aChildThatCannotBeMadeIsTriedAgainAsOftenAsAllowed() throws Exception {
    try (Runtime runtime = virtual().build()) {
      SupervisorTree tree = runtime.tree(options(Strategy.ONE_FOR_ONE));
      var made = new AtomicInteger();
      NewActor<Order, AtomicInteger> fragile =
          (_, lives) -> {
            int number = made.incrementAndGet();
            if (number == 2 || number == 3) {
              throw new IOException("make " + number);
            }
            return ctx -> child("a").run(ctx, lives);
          };
      ActorRef<Order> a =
          tree.trySpawn(Lifetime.PERMANENT, fragile, new AtomicInteger(), named("a"));
      a.send(new Order.Fail());
      assertEquals(2, life(a));
      assertEquals(4, made.get());
      var error = new IOException("on purpose");
      NewActor<Order, Integer> never =
          (_, _) -> {
            throw error;
          };
      assertSame(
          error,
          assertThrows(
              IOException.class,
              () -> tree.trySpawn(Lifetime.PERMANENT, never, 0, named("never"))));
      a.send(new Order.Fail());
      assertEquals(3, life(a), "the tree goes on");
    }
  }

  /** It catches its cancellation, again and again, and so it is given up, and made anew. */
  @Test
  void aChildThatWillNotEndIsGivenUp() {
    try (Runtime runtime = virtual().build()) {
      SupervisorTree tree = runtime.tree(options(Strategy.ONE_FOR_ALL));
      ActorRef<Order> stubborn =
          tree.spawn(
              Lifetime.PERMANENT,
              (ctx, lives) -> {
                if (lives.incrementAndGet() > 1) {
                  child("stubborn").run(ctx, lives);
                }
                while (true) {
                  try {
                    ctx.sleep(DAY);
                  } catch (Cancelled e) {
                    log.add("no");
                  }
                }
              },
              new AtomicInteger(),
              named("stubborn"));
      ActorRef<Order> a = spawn(tree, "a");
      assertEquals(1, life(a));
      a.send(new Order.Fail());
      assertEquals(2, life(a));
      assertEquals(3, life(stubborn), "twice counted");
      assertEquals(Process.MAX_CANCELLATIONS, Collections.frequency(log, "no"));
    }
  }

  @Test
  void childrenMayBeOnAnyWorkerAndOnThreadsOfTheirOwn() throws Exception {
    try (Runtime runtime = Run.setup(2).build()) {
      SupervisorTree tree = runtime.tree(options(Strategy.ONE_FOR_ALL));
      List<ActorRef<Order>> all = Collections.synchronizedList(new ArrayList<>());
      all.add(spawn(tree, "shared"));
      all.add(tree.spawnSync(Lifetime.PERMANENT, child("s"), new AtomicInteger(), named("sync")));
      var spawned = new CountDownLatch(2);
      runtime.runOnWorkers(
          ref -> {
            all.add(
                tree.spawnLocal(
                    ref,
                    Lifetime.PERMANENT,
                    child("local"),
                    new AtomicInteger(),
                    named("local " + ref.workerId())));
            spawned.countDown();
          });
      Run.await(spawned);
      int lives = 1;
      for (ActorRef<Order> failing : all) {
        for (ActorRef<Order> ref : all) {
          assertEquals(lives, life(ref));
        }
        failing.send(new Order.Fail());
        lives++;
        while (life(all.getLast()) < lives) { // the one that fails may be a moment behind
          Thread.onSpinWait();
        }
      }
      for (ActorRef<Order> ref : all) {
        while (life(ref) < lives) {
          Thread.onSpinWait();
        }
      }
      tree.stop();
      runtime.start();
    }
  }

  /** Failures of several children at once, on several workers: afterwards all of them live. */
  @ParameterizedTest
  @EnumSource
  void whateverFailsWheneverAllLiveInTheEnd(Strategy strategy) throws Exception {
    long seed = new Random().nextLong();
    System.out.println("SupervisorTreeTest seed " + seed);
    var random = new Random(seed);
    try (Runtime runtime = Run.setup(3).build()) {
      SupervisorTree root = runtime.tree(options(strategy).withIntensity(1_000_000, DAY));
      List<ActorRef<Order>> all = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        all.add(spawn(root, "root " + i));
        TreeOptions often = options(strategy).withIntensity(random.nextInt(3), DAY);
        SupervisorTree below = root.tree(Lifetime.PERMANENT, often);
        all.add(spawn(below, "below " + i));
        all.add(spawn(below, "below, too " + i));
      }
      for (int i = 0; i < 500; i++) {
        all.get(random.nextInt(all.size())).send(new Order.Fail());
        if (random.nextInt(10) == 0) {
          all.get(random.nextInt(all.size())).send(new Order.Return());
        }
      }
      for (ActorRef<Order> ref : all) {
        assertTrue(life(ref) >= 1, "seed " + seed);
      }
      root.stop();
      runtime.start();
      assertTrue(all.stream().noneMatch(ActorRef::isConnected), "seed " + seed);
    }
  }
}
