package lemnos.core;

/**
 * How much a {@link Loop} has to do, and has done: a picture taken between two calls.
 *
 * @param main the calls on the main queue; those that other threads sent since the last run are not
 *     counted yet
 * @param lazy the calls on the lazy queue
 * @param idle the calls on the idle queue
 * @param timers the timers that are armed
 * @param actors the actors that have not ended
 * @param preparing those of them that have no state yet: if there are some for long, an init
 *     function has returned null and nothing calls another
 * @param calls how many calls have been run, ever
 * @param refused how many calls went over their actor's {@linkplain Cx#limit limit}, ever
 * @param discarded how many calls came to an actor that had ended, or ended before it was ready,
 *     and how many init calls to one that was ready, ever: whoever made them without a {@link Ret}
 *     does not know
 */
public record Load(
    int main,
    int lazy,
    int idle,
    int timers,
    int actors,
    int preparing,
    long calls,
    long refused,
    long discarded) {
  static Load of(Loop loop) {
    return new Load(
        loop.main.size(),
        loop.lazy.size(),
        loop.idle.size(),
        loop.timers.size(),
        loop.living.size(),
        loop.living.preparing,
        loop.queues.runs(),
        loop.refused,
        loop.discarded);
  }
}
