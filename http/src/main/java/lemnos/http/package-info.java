/**
 * HTTP server and client, WebSocket and server-sent events for the actors of {@code
 * lemnos.runtime}: plain calls that wait, on Netty's codecs, on the worker's own thread.
 */
@NullMarked
package lemnos.http;

import org.jspecify.annotations.NullMarked;
