# svctag_embed(OUTPUT HEADER INPUTS file… [OPTION…]): a C file in the current build folder that holds text files.
# The options are EmbedTexts.cmake's, as NAME=VALUE.
function(svctag_embed output header)
	cmake_parse_arguments(PARSE_ARGV 2 EMBED "" "" "INPUTS;OPTIONS")
	set(script ${PROJECT_SOURCE_DIR}/cmake/EmbedTexts.cmake)
	list(TRANSFORM EMBED_OPTIONS PREPEND "-D")
	add_custom_command(
		OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/${output}
		COMMAND ${CMAKE_COMMAND} -DOUTPUT=${CMAKE_CURRENT_BINARY_DIR}/${output} -DHEADER=${header}
			"-DINPUTS=${EMBED_INPUTS}" ${EMBED_OPTIONS} -P ${script}
		DEPENDS ${EMBED_INPUTS} ${script}
		COMMENT "Embedding what makes ${output}" VERBATIM)
endfunction()
