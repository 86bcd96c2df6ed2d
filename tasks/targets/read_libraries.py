"""Prints what the libraries that the arguments name say of themselves: a JSON array with an object for each.

LIEF reads ELF, Mach-O and PE. Of a code signature it gives the bytes only, and what verifies one (rcodesign, of the
crate apple-codesign) is built from 481 crates: the hashes of the pages are compared here.
"""

import hashlib
import json
import os
import struct
import sys
import tempfile

import lief
from lief import ELF, PE, MachO

ARCHITECTURES = {"X86_64": "x86_64", "ARM64": "aarch64"}
# Bits of the type of a symbol in Mach-O.
N_STAB, N_PEXT, N_EXT = 0xE0, 0x10, 0x01
# Of a code signature: magic numbers of the whole and of the part with the hashes, a flag of that and its kind of hash.
EMBEDDED_SIGNATURE, CODE_DIRECTORY, CS_ADHOC, SHA256 = 0xFADE0CC0, 0xFADE0C02, 0x2, 2


def text(name):
    """A name as text: LIEF gives bytes where it is no UTF-8."""
    return name if isinstance(name, str) else repr(name)


def elf(binary, _file):
    sections = [(section.type, text(section.name)) for section in binary.sections]
    files = binary.symbols_version_requirement
    versions = [text(version.name) for file in files for version in file.get_auxiliary_symbols()]
    asked = [symbol.symbol_version for symbol in binary.dynamic_symbols if symbol.has_version]
    # LIEF leaves out, without a word, what it cannot read of these.
    is_named = all(name for kind, name in sections if kind != ELF.Section.TYPE.SHT_NULL_) and all(versions)
    if not is_named or any(version.value > 1 and not version.has_auxiliary_version for version in asked):
        raise ValueError("a section or a version has no name")
    # LIEF takes this for granted; loaders do not.
    if (binary.header.program_header_size, binary.header.section_header_size) != (56, 64):
        raise ValueError("its headers have a size of their own")
    stack = binary.get(ELF.Segment.TYPE.GNU_STACK)
    return {
        "exports": [
            text(symbol.name)
            for symbol in binary.dynamic_symbols
            if symbol.shndx != 0 and symbol.binding != ELF.Symbol.BINDING.LOCAL
        ],
        "dependencies": [text(name) for name in binary.libraries],
        "symbolVersions": versions,
        "isStripped": not any(
            kind == ELF.Section.TYPE.SYMTAB or name.startswith((".debug", ".zdebug"))
            for kind, name in sections
        ),
        # Without this segment the loader makes the stack executable.
        "hasExecutableStack": stack is None or ELF.Segment.FLAGS.X in stack,
    }


def mach_o(binary, file):
    is_own = MachO.LoadCommand.TYPE.ID_DYLIB
    libraries = [(library.command, text(library.name)) for library in binary.libraries]
    versions = [command.version for command in [binary.version_min] if command]
    versions += [command.minos for command in [binary.build_version] if command]
    return {
        # What dlsym finds is in the export trie; a symbol in the symbol table only is one that stripping left.
        "exports": [text(symbol.name).removeprefix("_") for symbol in binary.symbols if symbol.has_export_info],
        "dependencies": [name for command, name in libraries if command != is_own],
        "installName": "".join(name for command, name in libraries if command == is_own),
        "minimumSystem": ".".join(str(number) for number in (versions or [[]])[0][:2]),
        "isStripped": all(
            symbol.raw_type & (N_STAB | N_PEXT | N_EXT) == N_EXT
            and (symbol.has_export_info or symbol.type == MachO.Symbol.TYPE.UNDEFINED)
            for symbol in binary.symbols
            if symbol.origin == MachO.Symbol.ORIGIN.SYMTAB
        ),
        "hasUnwindInfo": any(text(section.name) == "__unwind_info" for section in binary.sections),
        "signature": signature(binary.code_signature, file),
    }


def signature(command, file):
    if command is None:
        return None
    content = bytes(command.content)
    magic, _, count = struct.unpack_from(">3I", content)
    if magic != EMBEDDED_SIGNATURE:
        raise ValueError("no signature where there should be one")
    for index in range(count):
        start = struct.unpack_from(">I", content, 16 + index * 8)[0]
        # Magic number, length, version, flags; where the hashes and the name begin; special slots, slots; what is
        # covered; length and kind of a hash, platform, size of a page as a power of two.
        fields = struct.unpack_from(">9I4B", content, start)
        magic, _, _, flags, first, _, _, pages, limit, length, kind, _, shift = fields
        if magic == CODE_DIRECTORY:
            break
    else:
        raise ValueError("the signature has no code directory")
    if kind != SHA256:
        raise ValueError("the pages are not hashed with SHA-256")
    size = 1 << shift
    hashes = [content[at : at + length] for at in range(start + first, start + first + pages * length, length)]
    actual = [hashlib.sha256(file[at : min(at + size, limit)]).digest() for at in range(0, limit, size)]
    return {
        "isAdHoc": flags & CS_ADHOC != 0,
        "isComplete": limit == command.data_offset and pages == len(actual),
        "pages": pages,
        "wrongPages": sum(signed != found for signed, found in zip(hashes, actual)),
    }


def pe(binary, _file):
    if binary.optional_header.magic != PE.PE_TYPE.PE32_PLUS:
        raise ValueError("not a PE file of 64 bits")
    # LIEF leaves out, without a word, a library whose name it cannot read: the addresses of its functions are too many.
    addresses = binary.data_directory(PE.DataDirectory.TYPES.IAT)
    if addresses.size != sum(8 * (len(library.entries) + 1) for library in binary.imports):
        raise ValueError("it needs a library that has no name")
    debug = binary.data_directory(PE.DataDirectory.TYPES.DEBUG_DIR)
    header = binary.header
    exports = binary.get_export().entries if binary.has_exports else []
    return {
        "exports": [text(entry.name) or f"#{entry.ordinal}" for entry in exports],
        "dependencies": [text(library.name).lower() for library in binary.imports],
        "isStripped": header.numberof_symbols == debug.rva == 0,
        "timestamp": header.time_date_stamps,
    }


FORMATS = {
    lief.Binary.FORMATS.ELF: ("elf", elf, ELF.check_layout),
    lief.Binary.FORMATS.MACHO: ("mach-o", mach_o, MachO.check_layout),
    lief.Binary.FORMATS.PE: ("pe", pe, PE.check_layout),
}


def read(path, logged):
    binary = lief.parse(path)
    if binary is None:
        raise ValueError("neither an ELF, a Mach-O nor a PE file")
    header = binary.abstract.header
    if not header.is_64 or header.endianness != lief.Header.ENDIANNESS.LITTLE:
        raise ValueError("not of 64 bits, little-endian")
    name, facts, check_layout = FORMATS[binary.format]
    is_whole, problem = check_layout(binary)
    problem = problem.strip() or logged()
    if not is_whole or problem:
        raise ValueError(problem)
    architecture = header.architecture.name
    with open(path, "rb") as file:
        return {
            "format": name,
            "architecture": ARCHITECTURES.get(architecture, architecture),
            "isLibrary": header.object_type == lief.Header.OBJECT_TYPES.LIBRARY,
            **facts(binary, file.read()),
        }


def read_all(paths):
    # What LIEF only warns of is a damage, too.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        log_path = os.path.join(folder, "log")
        lief.logging.set_path(log_path)
        with open(log_path, encoding="utf-8", errors="replace") as log:
            for path in paths:
                log.seek(0, os.SEEK_END)
                try:
                    yield read(path, lambda: log.read().strip())
                except Exception as error:
                    problem = str(error) if isinstance(error, ValueError) else repr(error)
                    yield {"format": "damaged", "problem": problem}


if __name__ == "__main__":
    print(json.dumps(list(read_all(sys.argv[1:]))))
