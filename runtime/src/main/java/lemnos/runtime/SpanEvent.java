package lemnos.runtime;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Threshold;

/** What a trace tells, as an event of JDK Flight Recorder. */
@Name("lemnos.Span")
@Label("Span")
@Description("Something that the runtime or an actor did")
@Category("Lemnos")
@Threshold("10 ms")
@StackTrace(false)
final class SpanEvent extends Event {
  private static final SpanEvent PROBE = new SpanEvent();

  @Label("Name")
  String name = "";

  @Label("Stream")
  @Description("0 for the coordinator, the number of the worker, or that of a sync actor")
  int stream;

  @Label("Substream")
  @Description("0 for the runtime, or the number of the actor")
  long substream;

  @Label("Attributes")
  String attributes = "";

  /** Whether a recording wants such events; to compiled code a constant while there is none. */
  static boolean isOn() {
    return PROBE.isEnabled();
  }
}
