import Engine
import HTTP

extension DetachKeys: InputFilter {}
