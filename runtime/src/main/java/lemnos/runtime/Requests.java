package lemnos.runtime;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The requests that an actor has received and may still respond to. Of the actor alone. */
final class Requests {
  private final Process<?> receiver;
  final List<Reply<?>> replies = new ArrayList<>(1);

  private Requests(Process<?> receiver) {
    this.receiver = receiver;
  }

  /** Those of {@code before}, if any, and {@code request}, which {@code receiver} got. */
  static Requests with(@Nullable Requests before, Request<?> request, Process<?> receiver) {
    Requests requests = before == null ? new Requests(receiver) : before;
    Reply<?> reply = request.reply();
    reply.received();
    requests.replies.add(reply);
    return requests;
  }

  /** The actor asks for its next message: what it neither answered nor holds is forgotten. */
  void dropForgotten() {
    replies.removeIf(
        reply -> {
          boolean held = reply.isHeldBy(receiver);
          if (!held) {
            reply.dropFrom(receiver);
          }
          return !held;
        });
  }

  /** The actor has ended: it will answer none of {@code requests}, if any, any more. */
  static void drop(@Nullable Requests requests) {
    if (requests != null) {
      requests.replies.forEach(reply -> reply.dropFrom(requests.receiver));
      requests.replies.clear();
    }
  }
}
