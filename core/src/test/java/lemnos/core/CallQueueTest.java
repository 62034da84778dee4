package lemnos.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The queue of calls against a plain one. */
final class CallQueueTest {
  private final List<String> ran = new ArrayList<>();
  private final ArrayDeque<String> expected = new ArrayDeque<>();
  private final Loop loop = new Loop(0);
  private final Cell<Target> cell = target();
  private CallQueue queue = new CallQueue(new Loop(0));
  private int pushed;

  private final class Target {
    void of0() {
      ran.add("of0");
    }

    void of1(String a) {
      ran.add(a);
    }

    void of2(String a, String b) {
      ran.add(a + b);
    }

    void of3(String a, String b, String c) {
      ran.add(a + b + c);
    }

    void of4(String a, String b, String c, String d) {
      ran.add(a + b + c + d);
    }

    void anInt(int a) {
      ran.add("int " + a);
    }

    void aLong(long a) {
      ran.add("long " + a);
    }

    void aDouble(double a) {
      ran.add("double " + a);
    }

    String query(String a, String b) {
      return a + b;
    }
  }

  private Cell<Target> target() {
    ActorOwn<Target> own = loop.actor(cx -> new Target(), Ret.nop());
    loop.run(1, false);
    return Cell.of(own);
  }

  private static final Behaviour.Of0<Target> OF0 = Target::of0;
  private static final Behaviour.Of1<Target, String> OF1 = Target::of1;
  private static final Behaviour.Of2<Target, String, String> OF2 = Target::of2;
  private static final Behaviour.Of3<Target, String, String, String> OF3 = Target::of3;
  private static final Behaviour.Of4<Target, String, String, String, String> OF4 = Target::of4;
  private static final Behaviour.OfInt<Target> INT = Target::anInt;
  private static final Behaviour.OfLong<Target> LONG = Target::aLong;
  private static final Behaviour.OfDouble<Target> DOUBLE = Target::aDouble;
  private static final Behaviour.OfInt<Target> NOTHING = (t, a) -> {};
  private static final Query.Of2<Target, String, String, String> QUERY = Target::query;

  /** Pushes a call of one of all kinds. */
  private void push(int kind) {
    int n = pushed++;
    String a = "a" + n;
    switch (kind) {
      case 0 -> queue.push(CallQueue.RUN, OF0, cell);
      case 1 -> queue.push(CallQueue.RUN + 1, OF1, cell, a);
      case 2 -> queue.push(CallQueue.RUN + 2, OF2, cell, a, "b");
      case 3 -> queue.push(CallQueue.RUN + 3, OF3, cell, a, "b", "c");
      case 4 -> queue.push(CallQueue.RUN + 4, OF4, cell, a, "b", "c", "d");
      case 5 -> queue.pushBits(CallQueue.RUN_INT, INT, cell, n);
      case 6 -> queue.pushBits(CallQueue.RUN_LONG, LONG, cell, n + (1L << 40));
      case 7 ->
          queue.pushBits(CallQueue.RUN_DOUBLE, DOUBLE, cell, Double.doubleToRawLongBits(n / 2.0));
      case 8 -> queue.push(new Call(CallQueue.RUN + 4, cell, OF4, a, "x", "y", "z"));
      case 9 -> queue.push(new Call(CallQueue.HOST, null, (Runnable) () -> ran.add("host " + n)));
      default -> {
        Ret<String> ret = new Ret.Now<>(answer -> ran.add("answer " + answer));
        queue.push(CallQueue.ASK + 2, QUERY, cell, a, "q", ret);
      }
    }
    expected.add(
        switch (kind) {
          case 0 -> "of0";
          case 1 -> a;
          case 2 -> a + "b";
          case 3 -> a + "bc";
          case 4 -> a + "bcd";
          case 5 -> "int " + n;
          case 6 -> "long " + (n + (1L << 40));
          case 7 -> "double " + n / 2.0;
          case 8 -> a + "xyz";
          case 9 -> "host " + n;
          default -> "answer " + a + "q";
        });
  }

  private void runSome(int n) {
    long before = queue.runs();
    queue.run(n);
    assertEquals(n, queue.runs() - before);
    assertEquals(n, ran.size());
    for (String line : ran) {
      assertEquals(expected.poll(), line);
    }
    ran.clear();
    assertEquals(expected.size(), queue.size());
    assertEquals(expected.isEmpty(), queue.isEmpty());
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void aQueueRunsWhatWasPushedInOrder(long seed) {
    System.out.println("CallQueueTest seed " + seed);
    var random = new SplittableRandom(seed);
    for (int i = 0; i < 10_000; i++) {
      int burst = random.nextInt(20) == 0 ? random.nextInt(300) : random.nextInt(12);
      for (int j = 0; j < burst; j++) {
        push(random.nextInt(11));
      }
      if (random.nextInt(50) == 0) {
        queue.trim();
      }
      runSome(random.nextInt(queue.size() + 1));
      if (random.nextInt(200) == 0) {
        runSome(queue.size());
        queue.trim();
      }
    }
    runSome(queue.size());
  }

  @Test
  void aQueueGrowsAtEveryPositionOfAChunk() {
    for (int kind = 0; kind <= 10; kind++) {
      for (int offset = 0; offset < 140; offset++) {
        queue = new CallQueue(new Loop(0));
        for (int i = 0; i < offset; i++) {
          push(i % 2);
          runSome(1);
        }
        for (int i = 0; i < 70; i++) {
          push(kind);
        }
        runSome(70);
      }
    }
  }

  @Test
  void aQueueIsTrimmedAtEveryPositionOfAChunk() {
    for (int offset = 0; offset < 300; offset++) {
      queue = new CallQueue(new Loop(0));
      for (int i = 0; i < 400; i++) {
        push(i % 11);
      }
      runSome(400);
      for (int i = 0; i < offset; i++) {
        push(0);
        runSome(1);
      }
      for (int i = 0; i < offset % 40; i++) {
        push(i % 11);
      }
      queue.trim();
      queue.trim();
      for (int i = 0; i < 30; i++) {
        push(i % 11);
      }
      runSome(queue.size());
    }
  }

  @Test
  void aBurstIsQueuedAgainInTheMemoryOfTheOneBefore() {
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    long allocated = 0;
    for (int burst = 0; burst < 20; burst++) {
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < 100_000; i++) {
        queue.pushBits(CallQueue.RUN_INT, NOTHING, cell, i);
      }
      queue.run(100_000);
      allocated = threads.getCurrentThreadAllocatedBytes() - before;
    }
    assertTrue(allocated < 10_000, allocated + " bytes");
    queue.trim();
    push(0);
    runSome(1);
  }

  @Test
  void callsPushedByARunningCallRunAfterThoseThatWait() {
    Behaviour.Of1<Target, String> pushing =
        (t, a) -> {
          t.of1(a);
          for (int i = 0; i < 200; i++) {
            push(i % 11);
          }
        };
    queue.push(CallQueue.RUN + 1, pushing, cell, "first");
    expected.add("first");
    push(4);
    runSome(2);
    runSome(200);
  }

  @Test
  void discardingEndsEveryHandleInOrder() {
    var answers = new ArrayList<String>();
    for (int i = 0; i < 100; i++) {
      int n = i;
      Ret<String> ret = new Ret.Now<>(answer -> answers.add(n + " " + answer));
      switch (i % 3) {
        case 0 -> queue.push(CallQueue.RUN + 1, OF1, cell, ret);
        case 1 -> queue.push(CallQueue.RUN + 4, OF4, cell, "a", "b", "c", ret);
        default -> queue.push(CallQueue.ASK + 2, QUERY, cell, "a", "b", ret);
      }
    }
    queue.discardAll();
    assertTrue(queue.isEmpty());
    assertEquals(100, answers.size());
    for (int i = 0; i < 100; i++) {
      assertEquals(i + " null", answers.get(i));
    }
    push(3);
    runSome(1);
  }
}
