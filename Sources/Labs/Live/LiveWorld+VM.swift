import Support
import VM

extension LiveWorld {
    public func vms() throws(Unread) -> [VMFacts] { throw Unread("VM") }
    public func log(vm: String) throws(Unread) -> String { throw Unread("VM") }
    public func remove(vm: String) throws(Unread) { throw Unread("VM") }
    func diskBytes(vm: String) throws(Unread) -> Int64 { throw Unread("VM") }
    func accelerator() throws(Unread) -> String { throw Unread("VM") }
}
