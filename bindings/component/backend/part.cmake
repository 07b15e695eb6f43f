# ms:backend, the engine as a component: build/wasm/ms_backend_wasm.component.wasm.
file(GLOB backend_sources CONFIGURE_DEPENDS ${MSW_COMPONENTS}/backend/*.c)
add_component(ms_backend_wasm backend ${MSW_COMPONENTS}/backend/wit "${backend_sources}")
