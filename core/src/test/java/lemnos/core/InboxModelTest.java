package lemnos.core;

import java.util.ArrayList;
import java.util.List;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * The inbox under every interleaving that Lincheck finds: three threads push while one of them also
 * takes and closes. (Named classes and fields only: Lincheck overlooks races in lambdas on JDK 25.)
 */
public final class InboxModelTest {
  private static final Runnable NOTHING = new Nothing();

  private static final class Nothing implements Runnable {
    @Override
    public void run() {}
  }

  /** The inbox as Lincheck sees it: calls are numbers, results are values. */
  public static final class Checked {
    private final Inbox inbox = new Inbox();

    /** Any thread. */
    @Operation
    public String push(@Param(gen = IntGen.class, conf = "1:9") int number) {
      var call = new Call(CallQueue.HOST, null, NOTHING);
      call.bits = number;
      return inbox.push(call).name();
    }

    /** The loop's thread. */
    @Operation(nonParallelGroup = "owner")
    public List<Long> takeAll() {
      return numbers(inbox.takeAll());
    }

    /** The loop's thread. */
    @Operation(nonParallelGroup = "owner")
    public List<Long> close() {
      return numbers(inbox.close());
    }

    /** Any thread. */
    @Operation
    public boolean isEmpty() {
      return inbox.isEmpty();
    }

    private static List<Long> numbers(@Nullable Call first) {
      var numbers = new ArrayList<Long>();
      for (Call call = first; call != null; call = call.next) {
        numbers.add(call.bits);
      }
      return numbers;
    }
  }

  /** What an inbox means: a list. */
  public static final class Specification {
    private final List<Long> calls = new ArrayList<>();
    private boolean closed;

    /** Adds a call. */
    public String push(int number) {
      if (closed) {
        return "CLOSED";
      }
      calls.add((long) number);
      return calls.size() == 1 ? "EMPTY" : "OTHERS";
    }

    /** Takes all calls. */
    public List<Long> takeAll() {
      var taken = List.copyOf(calls);
      calls.clear();
      return taken;
    }

    /** Takes all calls and refuses those that come later. */
    public List<Long> close() {
      closed = true;
      return takeAll();
    }

    /** Whether no call is there. */
    public boolean isEmpty() {
      return calls.isEmpty();
    }
  }

  @Test
  void theInboxIsAListWhateverTheInterleaving() {
    Models.options()
        .threads(3)
        .actorsPerThread(2)
        .actorsBefore(1)
        .actorsAfter(1)
        .iterations(6)
        .invocationsPerIteration(200)
        .sequentialSpecification(Specification.class)
        .check(Checked.class);
  }
}
