package lemnos.lab;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import lemnos.core.Actor;
import lemnos.core.Cx;
import lemnos.core.Loop;
import lemnos.core.Ret;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** What a call of an object actor costs on its own loop: nanoseconds a call. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(value = 2, jvmArgsAppend = "-XX:+UseCompactObjectHeaders")
public class ObjectActors {
  private static final int CALLS = 100_000;
  private static final int RING = 100;
  private static final int CROWD = 1000;

  private final Loop loop = new Loop(0);
  private @Nullable Actor<Player> first;
  private @Nullable Actor<Player> ring;
  private @Nullable Actor<Player> counter;
  private final List<Actor<Player>> crowd = new ArrayList<>();

  /** Knows whom to call next, and how often. */
  private static final class Player {
    private @Nullable Actor<Player> next;
    private int left;
    private long sum;

    Player(Cx<Player> cx) {}

    void meet(Actor<Player> next) {
      this.next = next;
    }

    void serve(int rallies) {
      left = rallies;
    }

    void hit() {
      Actor<Player> to = next;
      if (to != null && --left > 0) {
        to.call(Player::hit);
      }
    }

    void hitOn(long rallies) {
      Actor<Player> to = next;
      if (to != null && rallies > 1) {
        to.call(Player::hitOn, rallies - 1);
      }
    }

    void greet() {
      Actor<Player> to = next;
      if (to != null) {
        to.call(Player::count);
      }
    }

    void count() {
      sum++;
    }

    void add(long n) {
      sum += n;
    }

    long sum() {
      return sum;
    }
  }

  private Actor<Player> player() {
    return loop.actor(Player::new, Ret.nop()).actor();
  }

  @Setup
  public void makeActors() {
    first = ringOf(2);
    ring = ringOf(RING);
    counter = player();
    for (int i = 0; i < CROWD; i++) {
      Actor<Player> actor = player();
      actor.call(Player::meet, counter);
      crowd.add(actor);
    }
    loop.run(0, false);
  }

  private Actor<Player> ringOf(int size) {
    Actor<Player> start = player();
    Actor<Player> last = start;
    for (int i = 1; i < size; i++) {
      Actor<Player> actor = player();
      last.call(Player::meet, actor);
      last = actor;
    }
    last.call(Player::meet, start);
    return start;
  }

  @TearDown
  public void close() {
    loop.close();
  }

  private void play(@Nullable Actor<Player> start, int players) {
    if (start != null) {
      for (Actor<?> actor : loop.actors()) {
        serve(actor, CALLS / players);
      }
      start.call(Player::hit);
      loop.run(0, false);
    }
  }

  @SuppressWarnings("unchecked") // all actors here are players
  private static void serve(Actor<?> actor, int rallies) {
    ((Actor<Player>) actor).call(Player::serve, rallies);
  }

  private void play(@Nullable Actor<Player> start) {
    if (start != null) {
      start.call(Player::hitOn, (long) CALLS);
      loop.run(0, false);
    }
  }

  @Benchmark
  @OperationsPerInvocation(CALLS)
  public void pingPong() {
    play(first, 2);
  }

  @Benchmark
  @OperationsPerInvocation(CALLS)
  public void pingPongLong() {
    play(first);
  }

  @Benchmark
  @OperationsPerInvocation(CALLS)
  public void ringOf100() {
    play(ring, RING);
  }

  @Benchmark
  @OperationsPerInvocation(CALLS)
  public void ringOf100Long() {
    play(ring);
  }

  @Benchmark
  @OperationsPerInvocation(CALLS)
  public @Nullable Long counting() {
    Actor<Player> to = counter;
    if (to == null) {
      return null;
    }
    for (int batch = 0; batch < CALLS / 1000; batch++) {
      for (int i = 0; i < 1000; i++) {
        to.call(Player::count);
      }
      loop.run(0, false);
    }
    return loop.query(to, Player::sum);
  }

  @Benchmark
  @OperationsPerInvocation(CALLS)
  public @Nullable Long countingLong() {
    Actor<Player> to = counter;
    if (to == null) {
      return null;
    }
    for (int batch = 0; batch < CALLS / 1000; batch++) {
      for (long i = 0; i < 1000; i++) {
        to.call(Player::add, i);
      }
      loop.run(0, false);
    }
    return loop.query(to, Player::sum);
  }

  /** One calls a thousand, each of whom calls a third; two calls each. */
  @Benchmark
  @OperationsPerInvocation(CALLS)
  public void fanOutAndIn() {
    for (int round = 0; round < CALLS / (2 * CROWD); round++) {
      for (Actor<Player> actor : crowd) {
        actor.call(Player::greet);
      }
      loop.run(0, false);
    }
  }
}
