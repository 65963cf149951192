4MAPPING: dict[str, str] = {'mine': '/notebooks/m/src', "a'b": '/x\\y'}
NAMESPACES = {}
