// Values written as TOML.

enum TOMLText {
    /// A basic string. `${` is escaped, so that the text is read back as it is.
    static func quoted(_ text: String) -> String {
        JSONText.quoted(EnvironmentSubstitution.escape(text))
    }
}
