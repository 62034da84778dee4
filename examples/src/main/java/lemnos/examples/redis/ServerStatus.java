package lemnos.examples.redis;

/**
 * What INFO and CONFIG tell about the whole server.
 *
 * @param clients connections that are open
 * @param connections connections since the start
 * @param commands commands since the start
 */
record ServerStatus(
    int port,
    int workers,
    long uptimeSeconds,
    int clients,
    long connections,
    long commands,
    int channels,
    long usedMemory) {}
