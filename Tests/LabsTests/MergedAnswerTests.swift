import Labs
import Testing

@Suite struct MergedAnswerTests {
    @Test(arguments: [
        ("noyaux=1", "inode=42", "noyaux=1 inode=42"), ("noyaux=4 inode=42", "noyaux=1", "inode=42 noyaux=1"),
        ("4127", "inode=42", "inode=42"), ("noyaux=1", "4127", "4127"), ("a=1", "=x", "=x")
    ])
    func namedAnswersAddUp(_ before: String, _ now: String, _ expected: String) {
        #expect(LabSession.merged(before, now) == expected)
    }
}
