package lemnos.examples.redis;

import lemnos.examples.redis.Reply.Int;
import lemnos.examples.redis.Reply.Shape;
import lemnos.examples.redis.Reply.Strings;
import org.jspecify.annotations.Nullable;

/** How the replies of several shards become one. */
final class Merges {
  private Merges() {}

  static Reply sum(Session session, Split split, Reply[] replies) {
    long sum = 0;
    for (Reply reply : replies) {
      sum += ((Int) reply).value();
    }
    return Reply.number(sum);
  }

  static Reply allTheSame(Session session, Split split, Reply[] replies) {
    return replies[0];
  }

  static Reply concatenation(Session session, Split split, Reply[] replies) {
    int count = 0;
    for (Reply reply : replies) {
      count += ((Strings) reply).items().length;
    }
    byte[] @Nullable [] all = new byte[count][];
    int at = 0;
    for (Reply reply : replies) {
      byte[] @Nullable [] items = ((Strings) reply).items();
      System.arraycopy(items, 0, all, at, items.length);
      at += items.length;
    }
    return new Strings(Shape.ARRAY, all);
  }

  static Reply inOrderOfKeys(Session session, Split split, Reply[] replies) {
    byte[] @Nullable [] all = new byte[split.whole().keys().length][];
    for (int part = 0; part < replies.length; part++) {
      byte[] @Nullable [] items = ((Strings) replies[part]).items();
      for (int i = 0; i < items.length; i++) {
        all[split.position(part, i)] = items[i];
      }
    }
    return new Strings(Shape.ARRAY, all);
  }
}
