package io.tidemill.engine;

/** Takes the results of a {@link MultiResult}: how they differ from those that stood. Ids are not changed afterwards. */
interface ResultConsumer {
    void added(byte[] id, Object value);

    void replaced(byte[] id, Object former, Object value);

    void removed(byte[] id, Object former);

    /**
     * One result could not be made; it does not stand.
     *
     * @param payload what it was to be made of
     */
    void failed(byte[] id, byte[] payload, Throwable error);

    /** No result could be made; none stands. */
    void failed(Throwable error);
}
