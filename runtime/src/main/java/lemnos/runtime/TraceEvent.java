package lemnos.runtime;

import java.util.List;

/**
 * Something that was traced.
 *
 * @param stream 0 for the coordinator and for actors that may run on any worker, the number of the
 *     worker, or that of a sync actor
 * @param count how many events of the stream came before it
 * @param substream 0 for the runtime itself, or the number of the actor
 * @param startNanos when it began, since the epoch of the trace
 * @param endNanos when it ended, since the epoch of the trace
 * @param description what it was
 * @param attributes what else is known of it
 */
public record TraceEvent(
    long stream,
    long count,
    long substream,
    long startNanos,
    long endNanos,
    String description,
    List<TraceAttribute> attributes) {
  public TraceEvent {
    attributes = List.copyOf(attributes);
  }
}
