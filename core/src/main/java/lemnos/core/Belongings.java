package lemnos.core;

import org.jspecify.annotations.Nullable;

/** What an actor holds, who hears of its end, and what else few actors have: a name, a limit. */
final class Belongings extends Scope {
  /** The actor's number. */
  final long id;

  /** Hears of the actor's end. */
  @Nullable Ret<StopCause> notify;

  /** The next older actor in the loop's {@link Roster}. */
  @Nullable Cell<?> older;

  /** How many {@link ActorOwn}s are open besides the first. */
  int moreOwners;

  @Nullable String name;

  /** How many calls of others may wait for the actor; 0 for any number. */
  int limit;

  /** How many of them are queued. */
  int waiting;

  Belongings(Loop loop, long id, @Nullable Ret<StopCause> notify, @Nullable Cell<?> older) {
    super(loop);
    this.id = id;
    this.notify = notify;
    this.older = older;
  }

  /** Queues a call of {@code cell}, to which these belong, or discards it if too many wait. */
  void admit(Call call, Cell<?> cell) {
    if (limit > 0 && loop.queues.running() != cell && CallQueue.isMessage(call.shape)) {
      if (waiting >= limit) {
        loop.refused++;
        call.discard(loop);
        return;
      }
      waiting++;
      call.shape += CallQueue.COUNTED;
    }
    loop.main.push(call);
  }
}
