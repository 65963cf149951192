# SPDX-License-Identifier: MIT
# envkeep_embed(<target> <name> FILES <files>...)
#
# Puts the files' bytes, whatever they are, into <target>. "embedded/<name>.hpp" then declares in
# namespace envkeep::embedded::<name> one std::string_view a file, named after it ('hook.sh' is
# hook_sh), and `files()`, all of them with their file names, in the order given.
function(envkeep_embed target name)
    cmake_parse_arguments(PARSE_ARGV 2 embed "" "" "FILES")
    set(folder ${CMAKE_CURRENT_BINARY_DIR}/generated)
    set(header ${folder}/embedded/${name}.hpp)
    set(source ${folder}/embedded/${name}.cpp)
    set(inputs)
    foreach(file IN LISTS embed_FILES)
        get_filename_component(file ${file} ABSOLUTE)
        list(APPEND inputs ${file})
    endforeach()
    list(JOIN inputs "|" joined)
    add_custom_command(
        OUTPUT ${header} ${source}
        COMMAND ${CMAKE_COMMAND} -D "FILES=${joined}" -D NAME=${name} -D HEADER=${header}
                -D SOURCE=${source} -P ${PROJECT_SOURCE_DIR}/cmake/embed_files.cmake
        DEPENDS ${inputs} ${PROJECT_SOURCE_DIR}/cmake/embed_files.cmake
        COMMENT "Embedding ${name}"
        VERBATIM)
    target_sources(${target} PRIVATE ${source} ${header})
    target_include_directories(${target} PRIVATE ${folder})
endfunction()
