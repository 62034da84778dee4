package lemnos.net;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import lemnos.core.ActorOwn;
import lemnos.core.Cx;
import lemnos.core.Loop;
import lemnos.core.Ret;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a connection holds at most, and for how long, when its peer does not do its part; and what
 * an object actor gets of it when it has enough to do. All in told time.
 */
final class BoundsTest {
  private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();
  private final Loop loop = new Loop(0);
  private final TcpOptions options =
      TcpOptions.standard()
          .withUnreadBytes(10_000)
          .withUnsentBytes(10_000)
          .withCloseTimeout(Duration.ofSeconds(5));
  private final Wire wire = Wire.with(options);
  private final TcpStream stream = open(wire);

  private static TcpStream open(Wire wire) {
    try {
      return TcpStream.PROTOCOL.attach(wire);
    } catch (RuntimeException e) {
      throw new AssertionError(e);
    }
  }

  @AfterEach
  void close() {
    loop.close();
    wire.finishAndReleaseAll();
  }

  private Pending<ByteStream> write(int bytes) {
    return stream.writing(Unpooled.buffer(bytes).writeZero(bytes));
  }

  private ActorOwn<Told> actor(Told.Step<Cx<Told>> first) {
    ActorOwn<Told> own = loop.actor(Told::new, heard, first, Ret.nop());
    run(1);
    return own;
  }

  /** Lets so many milliseconds pass, in the loop and in Netty. */
  private void run(long millis) {
    wire.advanceTimeBy(millis, MILLISECONDS);
    wire.runPendingTasks();
    loop.run(loop.now() + MILLISECONDS.toNanos(millis), false);
  }

  private void assertHeard(String... expected) {
    assertEquals(List.of(expected), List.copyOf(heard));
    heard.clear();
  }

  // Reading

  /** Each but the first counts 256 bytes more: 40 of them are over 10,000, 39 are not. */
  @Test
  void singleBytesCountForWhatHoldsThem() throws IOException {
    for (int said = 1; said <= 39; said++) {
      wire.say(1);
      assertEquals(said + 1, wire.reads());
    }
    wire.say(1);
    assertEquals(40, wire.reads());

    Objects.requireNonNull(stream.receive()).release();
    assertEquals(41, wire.reads(), "as soon as one of them was taken");
  }

  @Test
  void nothingMoreIsAskedForWhileTheBoundWaitsToBeRead() throws IOException {
    for (int asked = 1; asked <= 2; asked++) {
      assertEquals(asked, wire.reads());
      wire.say(4_000);
    }
    assertEquals(3, wire.reads());
    wire.say(4_000); // of the 12,000 that wait now, one read is over the bound
    assertEquals(3, wire.reads());

    ByteBuf into = Unpooled.buffer();
    stream.reading(into, 2_512); // of three pieces, two of which count 256 more
    assertEquals(3, wire.reads()); // 10,000 still wait
    stream.reading(into, 1);
    assertEquals(4, wire.reads());
    wire.say(4_000);
    assertEquals(4, wire.reads());
  }

  @Test
  void nobodyIsAskedOnceAllIsIgnored() {
    wire.say(12_000);
    assertEquals(1, wire.reads());
    stream.shutdownInput();
    assertEquals(2, wire.reads()); // or the peer would wait for ever
    wire.say(12_000);
    assertEquals(3, wire.reads());
  }

  @Test
  void whoeverReadsIsToldAtOnceThatInputIsNotWantedAnyMore() throws IOException {
    Pending<Integer> reading = stream.reading(Unpooled.buffer());
    actor((_, cx) -> stream.deliver(cx, Told::arrived));
    stream.shutdownInput();
    assertTrue(reading.isReady());
    assertEquals(-1, reading.get());
    run(1);
    assertHeard("end");
  }

  @Test
  void aBufferWithoutRoomFailsItsReadAndNoOther() throws IOException {
    Pending<ByteBuf> tooMuch = stream.readingExactly(Unpooled.buffer(1, 1), 4);
    wire.say("four");
    assertThrows(IOException.class, tooMuch::get);
    wire.say("five");
    ByteBuf five = Unpooled.buffer();
    assertTrue(stream.readingExactly(five, 4).isReady());
  }

  @Test
  void whatIsEmptyIsNotReceived() throws IOException {
    wire.say("");
    wire.say("text");
    assertEquals(4, Objects.requireNonNull(stream.receive()).readableBytes());
  }

  // Writing

  @Test
  void whoWritesWaitsWhileTheBoundWaitsToBeSent() {
    wire.block();
    Pending<ByteStream> last = write(1_000);
    while (last.isReady()) {
      last = write(1_000);
    }
    long unsent = wire.unsent();
    assertTrue(unsent > 10_000 && unsent < 11_200, "unsent: " + unsent);
    wire.unblock();
    assertTrue(last.isReady());
    assertTrue(write(1_000).isReady());
  }

  @Test
  void whatCannotBeWrittenIsReleased() {
    ByteBuf data = Unpooled.buffer(1).writeZero(1);
    stream.shutdownOutput();
    assertThrows(IOException.class, () -> stream.write(data.retain()));
    assertThrows(IOException.class, () -> stream.write(data.retain(), data.retain()));
    assertThrows(IOException.class, stream.writing(data.retain())::get);
    assertThrows(IOException.class, stream.writing(data.retain(), data.retain())::get);
    assertEquals(1, data.refCnt());
  }

  @Test
  void whatIsRefusedAtTheBoundIsReleased() {
    wire.block();
    for (int i = 0; i < 4; i++) {
      write(ByteStream.MAX_UNSENT_BYTES / 4);
    }
    ByteBuf data = Unpooled.buffer(1).writeZero(1);
    assertThrows(IOException.class, stream.writing(data.retain())::get);
    assertThrows(IOException.class, stream.writing(data.retain(), data.retain())::get);
    assertEquals(1, data.refCnt());
  }

  @Test
  void whoDoesNotWaitIsRefusedAtANamedBound() {
    wire.block();
    int piece = ByteStream.MAX_UNSENT_BYTES / 4;
    Pending<ByteStream> last = write(piece);
    for (int i = 1; i < 4; i++) {
      last = write(piece);
    }
    assertFalse(last.isReady());
    var refused = assertThrows(IOException.class, write(1)::get);
    assertEquals(
        ByteStream.MAX_UNSENT_BYTES + " bytes wait to be sent; wait for writing",
        refused.getMessage());
    wire.unblock();
    assertTrue(last.isReady());
    assertTrue(write(1).isReady());
  }

  // The end

  @Test
  void whatAPeerDoesNotTakeIsKeptForTheCloseTimeoutOnly() {
    wire.block();
    ByteBuf data = Unpooled.buffer(100).writeZero(100);
    stream.writing(data);
    stream.close();
    run(4_999);
    assertTrue(wire.isOpen());
    assertEquals(1, data.refCnt());
    run(1);
    assertFalse(wire.isOpen());
    assertEquals(0, data.refCnt());
  }

  @Test
  void aPeerThatTakesAllButDoesNotCloseIsWaitedForAShortWhileOnly() {
    write(100);
    stream.close();
    wire.runPendingTasks();
    assertTrue(wire.isOutputShutdown());
    run(ByteStream.LINGER.toMillis() - 1);
    assertTrue(wire.isOpen());
    run(1);
    assertFalse(wire.isOpen());
  }

  @Test
  void aPeerThatHasClosedIsNotWaitedFor() {
    write(100);
    stream.close();
    wire.runPendingTasks();
    assertTrue(wire.isOpen());
    wire.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
    assertFalse(wire.isOpen());
  }

  @Test
  void aConnectionThatIsGoneLeavesNoTimer() {
    write(100);
    stream.close();
    OpenChannels.cut(wire);
    wire.runPendingTasks();
    assertEquals(-1, wire.runScheduledPendingTasks());
  }

  /**
   * A read and a write that wait; of the write as much is sent as the peer takes, which is none.
   */
  private void assertBothEnd(Runnable how, String why) {
    wire.block();
    Pending<Integer> reading = stream.reading(Unpooled.buffer());
    Pending<ByteStream> writing = write(20_000);
    assertFalse(reading.isReady() || writing.isReady());
    how.run();
    assertTrue(reading.isReady() && writing.isReady());
    assertEquals(why, assertThrows(IOException.class, reading::get).getMessage());
    assertEquals(why, assertThrows(IOException.class, writing::get).getMessage());
  }

  @Test
  void aReadThatWaitsIsToldAtOnceOfAnAbort() {
    Pending<Integer> reading = stream.reading(Unpooled.buffer());
    stream.abort();
    assertTrue(reading.isReady());
  }

  @Test
  void whoeverWaitsIsToldAtOnceOfAnAbort() {
    assertBothEnd(stream::abort, "the connection was aborted");
  }

  @Test
  void whoeverWaitsIsToldThatTheConnectionIsGone() {
    assertBothEnd(
        () -> {
          wire.close();
          wire.runPendingTasks();
        },
        "the connection was reset");
  }

  @Test
  void aFileThatNobodyTakesIsGivenUpWithItsConnection(@TempDir Path folder) throws IOException {
    Path file = Files.write(folder.resolve("file"), new byte[100]);
    wire.block();
    Pending<ByteStream> sending = stream.sendingFile(file, 0, 100);
    stream.close();
    run(4_999);
    assertFalse(sending.isReady());
    run(1);
    var e = assertThrows(IOException.class, sending::get);
    assertEquals("the connection is closed", e.getMessage());
  }

  @Test
  void noTimeoutIsNegative() {
    Duration negative = Duration.ofNanos(-1);
    assertThrows(IllegalArgumentException.class, () -> stream.readTimeout(negative));
    assertThrows(IllegalArgumentException.class, () -> stream.writeTimeout(negative));
  }

  @Test
  void aReadThatWaitsIsToldThatTheConnectionIsGone() {
    Pending<Integer> reading = stream.reading(Unpooled.buffer());
    wire.close();
    wire.runPendingTasks();
    var e = assertThrows(IOException.class, reading::get);
    assertEquals("the connection was reset", e.getMessage());
  }

  // Object actors

  @Test
  void whatAnActorAskedForArrivesThoughItsLimitIsReached() {
    ActorOwn<Told> own =
        actor(
            (told, cx) -> {
              cx.limit(1);
              told.when(stream.readingExactly(Unpooled.buffer(), 4), (_, four) -> told.hear(four));
              stream.deliver(cx, Told::arrived);
            });
    own.call((told, what) -> told.hear(what), "first call");
    own.call((told, what) -> told.hear(what), "call over the limit");
    wire.say("read");
    wire.say("rest");
    run(1);
    assertEquals(1, loop.load().refused());
    assertHeard("first call", "read", "rest");
  }

  @Test
  void aDeliveryHasItsFullTimeAfterWhatAReadBesideItGot() {
    stream.readTimeout(Duration.ofSeconds(10));
    actor((_, cx) -> stream.deliver(cx, Told::arrived));
    run(1_000);
    Pending<ByteBuf> read = stream.readingExactly(Unpooled.buffer(), 2);
    run(SECONDS.toMillis(8));
    wire.say("a"); // for the read, not for the delivery
    run(SECONDS.toMillis(1));
    wire.say("b");
    assertTrue(read.isReady());
    run(9_999);
    assertHeard();
    run(1);
    assertHeard("java.net.SocketTimeoutException: nothing arrived in PT10S");
  }
}
