package lemnos.http;

import io.netty.buffer.ByteBufHolder;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/** Messages that wait to be taken, and how much memory they have, roughly. */
final class MessageQueue {
  /** What a message without content counts as. */
  private static final int HEAD_BYTES = 1024;

  private static final int CONTENT_BYTES = 64;

  private final ArrayDeque<Object> messages = new ArrayDeque<>();
  private int bytes;

  boolean isEmpty() {
    return messages.isEmpty();
  }

  int bytes() {
    return bytes;
  }

  void add(Object message) {
    messages.add(message);
    bytes += weight(message);
  }

  @Nullable Object poll() {
    Object message = messages.poll();
    if (message != null) {
      bytes -= weight(message);
    }
    return message;
  }

  private static int weight(Object message) {
    return message instanceof ByteBufHolder holder
        ? CONTENT_BYTES + holder.content().readableBytes()
        : HEAD_BYTES;
  }

  void release() {
    messages.forEach(ReferenceCountUtil::release);
    messages.clear();
    bytes = 0;
  }
}
