package io.tidemill.cli;

import picocli.CommandLine.IVersionProvider;

final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
        String version = Version.class.getPackage().getImplementationVersion();
        return new String[] {
            "tidemill " + (version == null ? "(development)" : version) + ", Java " + System.getProperty("java.version")
        };
    }
}
