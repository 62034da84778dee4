package lemnos.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.HttpContent;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class MessageQueueTest {
  /** What a message counts as: 64 bytes and its content, or 1,024 if it is no content. */
  private static int weight(Object message) {
    return message instanceof HttpContent c ? 64 + c.content().readableBytes() : 1024;
  }

  @Test
  void isAQueueThatKnowsItsBytes() {
    for (long seed = 0; seed < 100; seed++) {
      var random = new SplittableRandom(seed);
      var queue = new MessageQueue();
      var model = new ArrayDeque<Object>();
      for (int step = 0; step < 1000; step++) {
        if (random.nextInt(20) < 11) {
          Object message =
              random.nextBoolean()
                  ? new Object()
                  : new DefaultHttpContent(Unpooled.buffer().writeZero(random.nextInt(100)));
          queue.add(message);
          model.add(message);
        } else {
          assertSame(model.poll(), queue.poll(), "seed " + seed);
        }
        assertEquals(model.isEmpty(), queue.isEmpty());
        assertEquals(model.stream().mapToInt(MessageQueueTest::weight).sum(), queue.bytes());
        if (random.nextInt(100) == 0) {
          queue.release();
          model.clear();
        }
      }
    }
  }

  @Test
  void allThatWaitsIsReleased() {
    var queue = new MessageQueue();
    var contents = new ArrayList<ByteBuf>();
    for (int i = 0; i < 3; i++) {
      contents.add(Unpooled.buffer().writeByte(i));
      queue.add(new DefaultHttpContent(contents.get(i)));
    }
    queue.release();
    contents.forEach(c -> assertEquals(0, c.refCnt()));
    assertEquals(0, queue.bytes());
  }
}
