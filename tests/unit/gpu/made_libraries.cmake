# SPDX-License-Identifier: MIT
# Small ELF files with the names, needs and search paths of the real ones: of torch's wheels, of
# NVIDIA's packages, of the toolkit. A test puts them where a machine has them.
set(made ${CMAKE_CURRENT_BINARY_DIR}/made)
set(made_files)

# made_library(FILE [SONAME name] [NEEDS soname...] [RPATH path | RUNPATH path] [HAS symbol...]
#              [WANTS symbol...] [VERSION name] [SAYS text] [EXECUTABLE_STACK])
# NEEDS names files of the folder `plain` or, with the folder, others that were made before.
function(made_library file)
    cmake_parse_arguments(PARSE_ARGV 1 arg "EXECUTABLE_STACK" "SONAME;RPATH;RUNPATH;VERSION;SAYS" "NEEDS;HAS;WANTS")
    get_filename_component(name ${file} NAME)
    if(NOT arg_SONAME)
        set(arg_SONAME ${name})
    endif()
    set(code "")
    foreach(symbol IN LISTS arg_HAS)
        string(APPEND code "void ${symbol}(void) {}\n")
    endforeach()
    foreach(symbol IN LISTS arg_WANTS)
        string(APPEND code "extern void ${symbol}(void);\nvoid (*use_${symbol})(void) = ${symbol};\n")
    endforeach()
    if(arg_SAYS)
        string(APPEND code "const char text[] = \"${arg_SAYS}\";\n")
    endif()
    file(CONFIGURE OUTPUT ${made}/${file}.c CONTENT "${code}" @ONLY)
    set(options -Wl,-soname,${arg_SONAME} -Wl,--hash-style=gnu -Wl,--no-as-needed)
    if(arg_RPATH)
        list(APPEND options -Wl,--disable-new-dtags -Wl,-rpath,${arg_RPATH})
    elseif(arg_RUNPATH)
        list(APPEND options -Wl,--enable-new-dtags -Wl,-rpath,${arg_RUNPATH})
    endif()
    if(arg_EXECUTABLE_STACK)
        list(APPEND options -Wl,-z,execstack)
    endif()
    if(arg_VERSION)
        file(CONFIGURE OUTPUT ${made}/${file}.map CONTENT "${arg_VERSION} { global: *; };\n" @ONLY)
        list(APPEND options -Wl,--version-script,${made}/${file}.map)
    endif()
    set(needs)
    foreach(need IN LISTS arg_NEEDS)
        if(NOT need MATCHES "/")
            set(need plain/${need})
        endif()
        list(APPEND needs ${made}/${need})
    endforeach()
    add_custom_command(
        OUTPUT ${made}/${file}
        COMMAND ${CMAKE_C_COMPILER} -shared -nostdlib -fPIC -o ${made}/${file} ${made}/${file}.c ${options} ${needs}
        DEPENDS ${made}/${file}.c ${needs}
        VERBATIM)
    set(made_files ${made_files} ${made}/${file} PARENT_SCOPE)
endfunction()

# NVIDIA's own have a RUNPATH to where they lie.
foreach(soname IN ITEMS
        libcublas.so.11 libcublas.so.12 libcublas.so.13 libcudart.so.12 libcudart.so.13 libcufft.so.11 libcusolver.so.11
        libnccl.so.2 libcudnn.so.9 libcudnn_graph.so.9 libcudnn_ops.so.9 libcudnn_adv.so.9
        libcudnn_engines_precompiled.so.9 libcudnn_engines_tensor_ir.so.9
        libcudnn_heuristic.so.9 libcudnn.so.8 libcudnn_ops_infer.so.8 libcudnn_cnn_infer.so.8)
    made_library(plain/${soname} RUNPATH $ORIGIN)
endforeach()
made_library(plain/libcudnn_cnn.so.9 NEEDS libcudnn_ops.so.9 libcudnn_graph.so.9 RUNPATH $ORIGIN)
made_library(newer/libcudnn_graph.so.9 RUNPATH $ORIGIN SAYS libcudnn_engines_tensor_ir.so)
made_library(cuda_12_0/libnvJitLink.so.12 HAS __nvJitLinkAddData_12_0 RUNPATH $ORIGIN)
made_library(cuda_12_1/libnvJitLink.so.12
    HAS __nvJitLinkAddData_12_0 __nvJitLinkAddData_12_1 RUNPATH $ORIGIN)
made_library(cuda_12_1/libcusparse.so.12
    NEEDS cuda_12_1/libnvJitLink.so.12 WANTS __nvJitLinkAddData_12_1
    RUNPATH $ORIGIN/../../nvjitlink/lib)
made_library(cuda_13/libnvJitLink.so.13 RUNPATH $ORIGIN)
made_library(cuda_13/libcusparse.so.12 NEEDS cuda_13/libnvJitLink.so.13 RUNPATH $ORIGIN)
made_library(plain/libcusparse.so.12 NEEDS cuda_12_1/libnvJitLink.so.12 RUNPATH $ORIGIN)

foreach(version IN ITEMS 3.4.25 3.4.30)
    made_library(cpp_${version}/libstdc++.so.6 HAS cpp_function VERSION GLIBCXX_${version})
endforeach()
foreach(version IN ITEMS 2.36 2.41)
    made_library(glibc_${version}/libc.so.6 HAS c_function VERSION GLIBC_${version})
endforeach()

# torch's wheels since 1.13 have a DT_RPATH to the folders of NVIDIA's packages; conda's to the
# environment; those of download.pytorch.org brought all libraries themselves until 2.0.
set(packages)
foreach(package IN ITEMS cublas cuda_runtime cudnn cusparse nccl nvjitlink)
    list(APPEND packages $ORIGIN/../../nvidia/${package}/lib)
endforeach()
string(REPLACE ";" ":" packages "${packages}")
function(made_torch folder cudnn kind path)
    set(cusparse cuda_12_1/libcusparse.so.12)
    set(cuda 12)
    if(folder STREQUAL "torch_cuda_13")
        set(cusparse cuda_13/libcusparse.so.12)
        set(cuda 13)
    endif()
    made_library(${folder}/libtorch_global_deps.so
        NEEDS libcudart.so.${cuda} libcublas.so.${cuda} ${kind} ${path}:$ORIGIN)
    made_library(${folder}/libc10.so HAS _ZN3c105ErrorC2Ev ${kind} $ORIGIN)
    made_library(${folder}/libtorch_cpu.so
        NEEDS ${folder}/libc10.so cpp_3.4.30/libstdc++.so.6
        HAS _ZN2at4_ops5zeros4callEv WANTS cpp_function ${kind} $ORIGIN)
    made_library(${folder}/libc10_cuda.so
        NEEDS ${folder}/libc10.so libcudart.so.${cuda} ${kind} ${path}:$ORIGIN)
    made_library(${folder}/libtorch_cuda.so
        NEEDS ${folder}/libc10_cuda.so ${folder}/libtorch_cpu.so libcudart.so.${cuda}
              ${cusparse} libcublas.so.${cuda} ${cudnn} libnccl.so.2
        ${kind} ${path}:$ORIGIN)
    made_library(${folder}/libtorch_python.so
        NEEDS ${folder}/libtorch_cpu.so ${folder}/libtorch_cuda.so ${kind} ${path}:$ORIGIN)
    made_library(${folder}/_C.so NEEDS ${folder}/libtorch_python.so ${kind} $ORIGIN/lib)
    set(made_files ${made_files} PARENT_SCOPE)
endfunction()
made_torch(torch_wheel libcudnn.so.9 RPATH ${packages})
# Of CUDA 13 all but cuDNN and NCCL lie in one folder.
made_torch(torch_cuda_13 libcudnn.so.9 RPATH
    $ORIGIN/../../nvidia/cu13/lib:$ORIGIN/../../nvidia/cudnn/lib:$ORIGIN/../../nvidia/nccl/lib)
made_torch(torch_2_1 libcudnn.so.8 RPATH ${packages})
made_torch(torch_conda libcudnn.so.9 RPATH $ORIGIN/../../../..)
made_torch(torch_whole libcudnn.so.8 RUNPATH $ORIGIN)
add_custom_command(
    OUTPUT ${made}/stripped/libtorch_cpu.so
    COMMAND ${CMAKE_COMMAND} -E make_directory ${made}/stripped
    COMMAND ${CMAKE_STRIP} -o ${made}/stripped/libtorch_cpu.so ${made}/torch_wheel/libtorch_cpu.so
    DEPENDS ${made}/torch_wheel/libtorch_cpu.so
    VERBATIM)
list(APPEND made_files ${made}/stripped/libtorch_cpu.so)
foreach(soname IN ITEMS libcuda.so.1 libnvidia-ml.so.1 libnvidia-ptxjitcompiler.so.1)
    made_library(driver/${soname})
endforeach()
# What torch.cuda.get_arch_list() gives is one text of this library.
foreach(targets IN ITEMS "old;sm_50 sm_60 sm_70" "new;sm_75 sm_80 sm_90a compute_90" "single;sm_90")
    list(GET targets 1 text)
    list(GET targets 0 targets)
    made_library(targets_${targets}/libtorch_python.so SAYS ${text}
        NEEDS torch_wheel/libtorch_cpu.so torch_wheel/libtorch_cuda.so RPATH ${packages}:$ORIGIN)
endforeach()
made_library(stack/libc10.so HAS _ZN3c105ErrorC2Ev RPATH $ORIGIN EXECUTABLE_STACK)
made_library(extension/right.so NEEDS torch_wheel/libc10.so
    WANTS _ZN3c105ErrorC2Ev _ZN2at4_ops5zeros4callEv)
made_library(extension/wrong.so NEEDS torch_wheel/libc10.so
    WANTS _ZN3c105ErrorC2Ev _ZN3c106detail14torchCheckFailEv)

string(REPLACE "../../nvidia" "../nvidia" packages_of_tensorflow "${packages}")
made_library(tensorflow/libtensorflow_cc.so.2
    RPATH ${packages_of_tensorflow}:$ORIGIN/../nvidia/cufft/lib:$ORIGIN/../nvidia/cusolver/lib)
made_library(tensorflow_plain/libtensorflow_cc.so.2)
made_library(onnxruntime/libonnxruntime_providers_cuda.so
    NEEDS libcublas.so.12 libcudnn.so.9 RUNPATH $ORIGIN)
made_library(ctranslate2/libctranslate2.so.4 RUNPATH $ORIGIN)
made_library(jax/xla_cuda_plugin.so RUNPATH $ORIGIN/../../nvidia/cudnn/lib)
made_library(hook/libhook.so NEEDS libnccl.so.2)

add_custom_target(made_libraries DEPENDS ${made_files})
