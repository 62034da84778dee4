package lemnos.lab;

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
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What an actor's life costs, from its making to its end: nanoseconds an actor. Skynet: each of a
 * tree's actors has ten children down to a million leaves, whose numbers are added up on the way
 * back to the root. The heap is touched beforehand: what the first touch of a page costs is the
 * system's affair.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 3, time = 2)
@Fork(
    value = 2,
    jvmArgsAppend = {
      "-XX:+UseCompactObjectHeaders",
      "-Xms6g",
      "-Xmx6g",
      "-Xmn5g",
      "-XX:+AlwaysPreTouch"
    })
public class ActorTree {
  private static final int LEAVES = 1_000_000;
  private static final int ACTORS = 1_111_111;
  private static final long SUM = (long) LEAVES * (LEAVES - 1) / 2;

  /** One actor of the tree. */
  private static final class Node {
    private final Cx<Node> cx;
    private final @Nullable Actor<Node> parent;
    private final long @Nullable [] result;
    private long sum;
    private int open;

    private Node(Cx<Node> cx, @Nullable Actor<Node> parent, long @Nullable [] result) {
      this.cx = cx;
      this.parent = parent;
      this.result = result;
    }

    static Node root(Cx<Node> cx, long[] result) {
      var node = new Node(cx, null, result);
      node.branch(0, LEAVES);
      return node;
    }

    static Node child(Cx<Node> cx, Actor<Node> parent, Integer first, Integer leaves) {
      var node = new Node(cx, parent, null);
      if (leaves == 1) {
        parent.call(Node::add, (long) first);
        cx.stop();
      } else {
        node.branch(first, leaves);
      }
      return node;
    }

    private void branch(int first, int leaves) {
      open = 10;
      int each = leaves / 10;
      for (int i = 0; i < 10; i++) {
        cx.hold(cx.actor(Node::child, cx.self(), first + i * each, each, Ret.nop()));
      }
    }

    void add(long n) {
      sum += n;
      if (--open == 0) {
        if (parent != null) {
          parent.call(Node::add, sum);
        } else if (result != null) {
          result[0] = sum;
        }
        cx.stop();
      }
    }
  }

  @Benchmark
  @OperationsPerInvocation(ACTORS)
  public long skynet() {
    var result = new long[1];
    try (var loop = new Loop(0)) {
      loop.actor(Node::root, result, Ret.nop());
      loop.run(1, false);
    }
    if (result[0] != SUM) {
      throw new IllegalStateException("the leaves add up to " + result[0] + ", not " + SUM);
    }
    return result[0];
  }
}
