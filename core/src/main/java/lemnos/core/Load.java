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
 * @param calls how many calls have been run, ever
 * @param refused how many calls went over their actor's {@linkplain Cx#limit limit}, ever
 */
public record Load(
    int main, int lazy, int idle, int timers, int actors, long calls, long refused) {}
