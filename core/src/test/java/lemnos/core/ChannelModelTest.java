package lemnos.core;

import static org.jetbrains.lincheck.datastructures.ManagedStrategyGuaranteeKt.forClasses;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jetbrains.kotlinx.lincheck.execution.ExecutionScenario;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.Validate;
import org.junit.jupiter.api.Test;

/**
 * A channel under every interleaving that Lincheck finds: its queue as a data type, and that what
 * was sent is delivered by a loop that runs only when it was woken. (Named classes and fields only:
 * Lincheck overlooks races in lambdas on JDK 25.)
 */
public final class ChannelModelTest {
  private static final int CAPACITY = 2;

  /** Notes what a channel delivers, and the senders' end as 0. */
  private static final class Delivered implements Fwd<Integer>, Runnable {
    private final List<Integer> messages = new ArrayList<>();

    @Override
    public void fwd(Integer message) {
      messages.add(message);
    }

    @Override
    public void run() {
      messages.add(0);
    }

    List<Integer> take() {
      var taken = List.copyOf(messages);
      messages.clear();
      return taken;
    }
  }

  /** The queue as a data type: two sending ends, one thread that delivers when it likes. */
  public static final class Checked {
    private final Delivered delivered = new Delivered();
    private final ChannelQueue<Integer> queue =
        new ChannelQueue<>(new Loop(0), CAPACITY, delivered, delivered);
    private final Channel<Integer> first = queue.sender();
    private final Channel<Integer> second = queue.sender();

    /** Any thread. */
    @Operation
    public String sendByFirst(@Param(gen = IntGen.class, conf = "1:9") int message) {
      return first.trySend(message).name();
    }

    /** Any thread. */
    @Operation
    public String sendBySecond(@Param(gen = IntGen.class, conf = "1:9") int message) {
      return second.trySend(message).name();
    }

    /** Any thread. */
    @Operation
    public void closeFirst() {
      first.close();
    }

    /** Any thread. */
    @Operation
    public void closeSecond() {
      second.close();
    }

    /** Any thread. */
    @Operation
    public boolean isClosed() {
      return first.isClosed();
    }

    /** The loop's thread. */
    @Operation(nonParallelGroup = "owner")
    public List<Integer> deliver() {
      queue.deliver();
      return delivered.take();
    }

    /** The loop's thread. */
    @Operation(nonParallelGroup = "owner")
    public void abandon() {
      queue.abandon();
    }
  }

  /** What a channel's queue means. */
  public static final class Specification {
    private final List<Integer> messages = new ArrayList<>();
    private boolean firstClosed;
    private boolean secondClosed;
    private boolean closed;
    private boolean told;

    private String send(boolean senderClosed, int message) {
      if (closed || senderClosed) {
        return "CLOSED";
      }
      if (messages.size() == CAPACITY) {
        return "FULL";
      }
      messages.add(message);
      return "SENT";
    }

    /** Sends unless full or closed. */
    public String sendByFirst(int message) {
      return send(firstClosed, message);
    }

    /** Sends unless full or closed. */
    public String sendBySecond(int message) {
      return send(secondClosed, message);
    }

    /** Ends a sending end. */
    public void closeFirst() {
      firstClosed = true;
    }

    /** Ends a sending end. */
    public void closeSecond() {
      secondClosed = true;
    }

    /** Whether the first sender can send no more. */
    public boolean isClosed() {
      return closed || firstClosed;
    }

    /** Delivers all; tells once that no sender is left. */
    public List<Integer> deliver() {
      if (firstClosed && secondClosed && !told) {
        told = true;
        messages.add(0);
      }
      var taken = List.copyOf(messages);
      messages.clear();
      return taken;
    }

    /** Ends the receiving end. */
    public void abandon() {
      closed = true;
      told = true;
      messages.clear();
    }
  }

  @Test
  void theQueueIsABoundedListWhateverTheInterleaving() {
    Models.options()
        .threads(2)
        .actorsPerThread(3)
        .actorsBefore(1)
        .actorsAfter(1)
        .iterations(12)
        .invocationsPerIteration(100)
        .sequentialSpecification(Specification.class)
        .check(Checked.class);
  }

  /** A channel of a loop, which delivers when it was woken. */
  public static final class Woken {
    private final Delivered delivered = new Delivered();
    private final Loop loop = new Loop(0);
    private final ChannelGuard<Integer> guard = loop.channel(CAPACITY, delivered, delivered);
    private final Channel<Integer> sender = guard.sender();
    private final Channel<Integer> second = guard.sender();
    private final AtomicInteger sent = new AtomicInteger();

    /** A channel of a loop that nobody owns yet. */
    public Woken() {
      loop.detach();
    }

    /** Any thread. */
    @Operation
    public void send() {
      send(sender);
    }

    /** Any thread. */
    @Operation
    public void closeSender() {
      sender.close();
    }

    /** Any thread. */
    @Operation
    public void sendAndClose() {
      send(second);
      second.close();
    }

    private void send(Channel<Integer> by) {
      if (by.trySend(1) == Channel.Offer.SENT) {
        sent.incrementAndGet();
      }
    }

    /** The loop's thread. */
    @Operation(nonParallelGroup = "owner")
    public void run() {
      loop.attach();
      loop.run(loop.now() + 1, false);
      loop.detach();
    }

    /** When all threads are done. */
    @Validate
    public void nothingStaysBehind() {
      run();
      if (!sender.isClosed()) {
        assertEquals(sent.get(), delivered.messages.size(), "messages delivered");
        sender.close();
      }
      second.close();
      run();
      assertEquals(sent.get() + 1, delivered.messages.size(), "messages, and the senders' end");
      assertEquals(0, delivered.messages.getLast(), "the end comes last");
    }
  }

  /** Allows every order: the operations answer nothing. */
  public static final class Anything {
    /** Any thread. */
    public void send() {}

    /** Any thread. */
    public void closeSender() {}

    /** Any thread. */
    public void sendAndClose() {}

    /** The loop's thread. */
    public void run() {}
  }

  @Test
  void whateverWasSentIsDeliveredByALoopThatRunsWhenWoken() {
    Models.options()
        .addCustomScenario(scenario("", "send", "sendAndClose"))
        .addCustomScenario(scenario("", "send send", "run"))
        .addCustomScenario(scenario("closeSender", "sendAndClose", "run"))
        .addCustomScenario(scenario("send", "sendAndClose", "closeSender"))
        .iterations(0)
        .invocationsPerIteration(150)
        .addGuarantee(forClasses(WakerModelTest.CONFINED).allMethods().ignore())
        .sequentialSpecification(Anything.class)
        .check(Woken.class);
  }

  private static ExecutionScenario scenario(String before, String... threads) {
    return Scenarios.of(Woken.class, "nothingStaysBehind", before, threads);
  }
}
